// SPDX-License-Identifier: Apache-2.0
// A safetensors file.
#include "io/safetensors.h"

#include "fuzz/mutate_header.h"
#include "fuzz/target.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

void try_bytes(std::string_view bytes) {
  auto const path = scratch() / "a.safetensors";
  write_bytes(path, bytes);
  accepts(ErrorKind::data, "a.safetensors", [&] {
    SafetensorsFile const file(path);
    std::vector<std::vector<std::byte>> contents;
    std::vector<TensorView> views;
    for (TensorEntry const& tensor : file.tensors()) {
      contents.emplace_back(tensor.end - tensor.begin);
      file.read(tensor, contents.back());
    }
    for (std::size_t i = 0; i < contents.size(); ++i) {
      auto const& tensor = file.tensors()[i];
      views.push_back({tensor.name, tensor.dtype, tensor.shape, contents[i]});
    }
    write_safetensors(scratch() / "copy", file.metadata(), views);
    SafetensorsFile const copy(scratch() / "copy");
    expect(copy.metadata() == file.metadata(), "the metadata are read back");
    expect(copy.tensors().size() == views.size(), "every tensor is read back");
    for (TensorView const& view : views) {
      auto const* const again = copy.find(view.name);
      expect(again != nullptr && again->shape == view.shape && again->dtype == view.dtype,
             "a tensor is read back with its shape and type");
      std::vector<std::byte> content(view.bytes.size());
      copy.read(*again, content);
      expect(std::equal(content.begin(), content.end(), view.bytes.begin(), view.bytes.end()),
             "a tensor is read back byte for byte");
    }
  });
}

}  // namespace moneta::fuzz
