// SPDX-License-Identifier: Apache-2.0
#include "io/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <tuple>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "io/commit_file.h"
#include "io/json_file.h"

namespace moneta {

static_assert(std::endian::native == std::endian::little, "safetensors data are little endian");

namespace {

constexpr std::uint64_t max_header_bytes = 100'000'000;  // the limit of the reference library
constexpr std::uint64_t length_bytes = 8;

/// Bytes of one element; 0 for an unknown type.
std::size_t bytes_of(std::string_view dtype) {
  static std::map<std::string_view, std::size_t> const table = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
      {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},
      {"I32", 4},  {"F32", 4}, {"U64", 8}, {"I64", 8},     {"F64", 8}};
  auto const found = table.find(dtype);
  return found == table.end() ? 0 : found->second;
}

/// `start` times all axes, or nothing if that does not fit in 64 bits.
std::optional<std::uint64_t> product_with(std::vector<std::size_t> const& shape,
                                          std::uint64_t start) {
  std::uint64_t result = start;
  for (std::size_t const axis : shape) {
    if (axis != 0 && result > std::numeric_limits<std::uint64_t>::max() / axis) return {};
    result *= axis;
  }
  return result;
}

std::string header_of(TensorMetadata const& metadata, std::span<TensorView const> tensors) {
  Json header = Json::object();
  header["__metadata__"] = Json::object();
  for (auto const& [key, value] : metadata) header["__metadata__"][key] = value;
  std::uint64_t at = 0;
  for (TensorView const& tensor : tensors) {
    MONETA_REQUIRE(!header.contains(tensor.name), internal, "tensor '{}' is given twice",
                   tensor.name);
    auto const size = product_with(tensor.shape, bytes_of(tensor.dtype));
    MONETA_REQUIRE(bytes_of(tensor.dtype) > 0 && size == tensor.bytes.size(), internal,
                   "tensor '{}' has {} bytes, which do not match its shape and type {}",
                   tensor.name, tensor.bytes.size(), tensor.dtype);
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {at, at + tensor.bytes.size()}}};
    at += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // aligns the data
  return text;
}

TensorEntry read_entry(std::string const& name, Json const& object, std::string const& file) {
  std::string const what = fmt::format("{}: tensor '{}'", file, sanitized(name));
  JsonFields fields(object, what);
  TensorEntry entry;
  entry.name = name;
  entry.dtype = fields.text("dtype");
  auto const numbers = [&](std::string const& key) {
    Json const& list = fields.member(key);
    bool const good =
        list.is_array() && std::all_of(list.begin(), list.end(),
                                       [](auto const& each) { return each.is_number_unsigned(); });
    MONETA_REQUIRE(
        good, data,
        "{} has the field '{}' as {} (a list of whole numbers is expected). Is it damaged?", what,
        key, sanitized(list.dump()));
    return list.get<std::vector<std::uint64_t>>();
  };
  auto const shape = numbers("shape");
  auto const offsets = numbers("data_offsets");
  fields.finish();
  entry.shape.assign(shape.begin(), shape.end());
  MONETA_REQUIRE(offsets.size() == 2 && offsets[0] <= offsets[1], data,
                 "{} has no valid data_offsets (begin and end are expected). Is it damaged?", what);
  entry.begin = offsets[0];
  entry.end = offsets[1];

  std::size_t const element = bytes_of(entry.dtype);
  MONETA_REQUIRE(
      element > 0, data,
      "{} has the type '{}' (unknown to this version). Was it written by a newer program?", what,
      sanitized(entry.dtype));
  auto const size = product_with(entry.shape, element);
  MONETA_REQUIRE(size.has_value(), data,
                 "{} has an impossible shape (its size overflows). Is it damaged?", what);
  MONETA_REQUIRE(*size == entry.end - entry.begin, data,
                 "{} has {} bytes of data, but its shape and type need {}. Is it damaged?", what,
                 entry.end - entry.begin, *size);
  entry.elements = static_cast<std::size_t>(*size / element);
  return entry;
}

}  // namespace

std::string write_safetensors(std::filesystem::path const& path, TensorMetadata const& metadata,
                              std::span<TensorView const> tensors) {
  std::string const header = header_of(metadata, tensors);
  std::uint64_t const length = header.size();
  std::vector<std::span<std::byte const>> pieces;
  pieces.push_back(std::as_bytes(std::span(&length, 1)));
  pieces.push_back(std::as_bytes(std::span(header.data(), header.size())));
  for (TensorView const& tensor : tensors) pieces.push_back(tensor.bytes);
  return commit_bytes_verified(path, pieces);
}

SafetensorsFile::SafetensorsFile(std::filesystem::path const& path)
    : path_(path), file_(path, O_RDONLY | O_CLOEXEC) {
  MONETA_REQUIRE(file_.is_open(), data, "cannot read '{}' ({}). Is the path right?", path.string(),
                 std::strerror(errno));
  struct stat status = {};
  MONETA_REQUIRE(::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode), data,
                 "'{}' is not a file. Is the path right?", path.string());
  auto const size = static_cast<std::uint64_t>(status.st_size);
  MONETA_REQUIRE(size >= length_bytes, data,
                 "'{}' is not a safetensors file ({} bytes are too few). Was it truncated?",
                 path.string(), size);
  std::uint64_t length = 0;
  read_at(0, std::as_writable_bytes(std::span(&length, 1)));
  MONETA_REQUIRE(
      length <= max_header_bytes && length <= size - length_bytes, data,
      "'{}' is not a safetensors file (it has {} bytes and claims a header of {}). Was it truncated?",
      path.string(), size, length);
  std::string header(static_cast<std::size_t>(length), '\0');
  read_at(length_bytes, std::as_writable_bytes(std::span(header)));
  data_start_ = length_bytes + length;
  read_header(header);
  check_data(size - data_start_);
}

void SafetensorsFile::read_header(std::string_view header) {
  std::string const file = fmt::format("'{}'", path_.string());
  Json const object = parse_json(header, fmt::format("the header of {}", file));
  MONETA_REQUIRE(object.is_object(), data,
                 "the header of {} is not an object. Is it a safetensors file?", file);
  for (auto const& [key, value] : object.items()) {
    if (key != "__metadata__") {
      tensors_.push_back(read_entry(key, value, file));
      continue;
    }
    MONETA_REQUIRE(value.is_object(), data,
                   "{} has metadata that are not an object. Is it damaged?", file);
    for (auto const& [name, text] : value.items()) {
      MONETA_REQUIRE(text.is_string(), data,
                     "{} has the metadata '{}' as {} (a string is expected). Is it damaged?", file,
                     sanitized(name), text.type_name());
      metadata_[name] = text.get<std::string>();
    }
  }
  std::stable_sort(tensors_.begin(), tensors_.end(), [](auto const& a, auto const& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
}

void SafetensorsFile::check_data(std::uint64_t data_bytes) const {
  std::uint64_t at = 0;
  for (TensorEntry const& tensor : tensors_) {
    MONETA_REQUIRE(
        tensor.begin == at, data,
        "'{}': tensor '{}' begins at byte {} (the previous one ends at {}: {}). Is it damaged?",
        path_.string(), sanitized(tensor.name), tensor.begin, at,
        tensor.begin < at ? "they overlap" : "a gap");
    at = tensor.end;
    MONETA_REQUIRE(
        at <= data_bytes, data,
        "'{}': tensor '{}' ends at byte {} (the file has {} bytes of data). Was it truncated?",
        path_.string(), sanitized(tensor.name), at, data_bytes);
  }
  MONETA_REQUIRE(at == data_bytes, data,
                 "'{}' has {} bytes of data, but its tensors have {}. Is it damaged?",
                 path_.string(), data_bytes, at);
}

void SafetensorsFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  auto const [count, why] = pread_all(file_.get(), offset, bytes);
  MONETA_REQUIRE(count == bytes.size(), data,
                 "cannot read '{}' at byte {} ({}). Is the disk in order?", path_.string(),
                 offset + count, why != 0 ? std::strerror(why) : "the file ends there");
}

TensorEntry const* SafetensorsFile::find(std::string const& name) const {
  auto const found = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](TensorEntry const& each) { return each.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

void SafetensorsFile::read(TensorEntry const& tensor, std::span<std::byte> bytes) const {
  MONETA_REQUIRE(bytes.size() == tensor.end - tensor.begin, internal,
                 "tensor '{}' has {} bytes, but the buffer has {}", tensor.name,
                 tensor.end - tensor.begin, bytes.size());
  read_at(data_start_ + tensor.begin, bytes);
}

void SafetensorsFile::read(TensorEntry const& tensor, std::span<float> values) const {
  MONETA_REQUIRE(tensor.dtype == "F32", data,
                 "'{}': tensor '{}' has the type {} (F32 is expected). Is it the right file?",
                 path_.string(), sanitized(tensor.name), tensor.dtype);
  read(tensor, std::as_writable_bytes(values));
}

}  // namespace moneta
