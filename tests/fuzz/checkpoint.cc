// SPDX-License-Identifier: Apache-2.0
// A checkpoint: safetensors with the state of a coin in its metadata.
#include "checkpoint/checkpoint.h"

#include <cstring>

#include "checkpoint/describe.h"
#include "checkpoint/metadata.h"
#include "fuzz/mutate_header.h"
#include "fuzz/target.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

static bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void try_bytes(std::string_view bytes) {
  auto const path = scratch() / "a.safetensors";
  write_bytes(path, bytes);
  CoinState state;
  bool const valid =
      accepts(ErrorKind::data, "a.safetensors", [&] { state = read_checkpoint(path); });
  Json const description = describe_checkpoint(path);
  expect_printable(description.dump(1));
  expect(description["sound"] == valid, "describe_checkpoint agrees with read_checkpoint");
  if (!valid) return;
  auto const saved = write_checkpoint(scratch(), state);
  auto const again = read_checkpoint(scratch() / saved.file);
  expect(metadata_of(again.header) == metadata_of(state.header), "the metadata are read back");
  expect(again.header.slices == state.header.slices && same_bits(again.params, state.params) &&
             same_bits(again.m, state.m) && same_bits(again.v, state.v),
         "the arrays are read back bit for bit");
  std::filesystem::remove_all(scratch() / state.header.coin);
}

}  // namespace moneta::fuzz
