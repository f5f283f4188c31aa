// SPDX-License-Identifier: Apache-2.0
#include "io/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <tuple>

#include "base/error.h"
#include "base/json.h"
#include "io/commit_file.h"
#include "io/json_file.h"

namespace moneta {

static_assert(std::endian::native == std::endian::little, "safetensors data are little endian");

namespace {

constexpr std::uint64_t max_header_bytes = 100'000'000;  // the limit of the reference library
constexpr std::uint64_t length_bytes = 8;

/// 0 if the type is not known.
std::size_t bytes_of(std::string_view dtype) {
  static std::map<std::string_view, std::size_t> const table = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
      {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},
      {"I32", 4},  {"F32", 4}, {"U64", 8}, {"I64", 8},     {"F64", 8}};
  auto const found = table.find(dtype);
  return found == table.end() ? 0 : found->second;
}

/// Nothing if it does not fit in 64 bits.
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
    MONETA_REQUIRE(!header.contains(tensor.name), internal, "tensor '", tensor.name,
                   "' is to be written twice");
    auto const size = product_with(tensor.shape, bytes_of(tensor.dtype));
    MONETA_REQUIRE(bytes_of(tensor.dtype) > 0 && size == tensor.bytes.size(), internal, "tensor '",
                   tensor.name, "' has ", tensor.bytes.size(),
                   " bytes, which do not match its shape and type ", tensor.dtype);
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {at, at + tensor.bytes.size()}}};
    at += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data are aligned
  return text;
}

TensorEntry read_entry(std::string const& name, Json const& object, std::string const& file) {
  std::string const what = cat(file, ": tensor '", sanitized(name), "'");
  JsonFields fields(object, what);
  TensorEntry entry;
  entry.name = name;
  entry.dtype = fields.text("dtype");
  auto const numbers = [&](std::string const& key) {
    Json const& list = fields.member(key);
    bool const good =
        list.is_array() && std::all_of(list.begin(), list.end(),
                                       [](auto const& each) { return each.is_number_unsigned(); });
    MONETA_REQUIRE(good, data, what, " has the field '", key, "' as ", sanitized(list.dump()),
                   " (a list of whole numbers belongs there). Is it damaged?");
    return list.get<std::vector<std::uint64_t>>();
  };
  auto const shape = numbers("shape");
  auto const offsets = numbers("data_offsets");
  fields.finish();
  entry.shape.assign(shape.begin(), shape.end());
  MONETA_REQUIRE(offsets.size() == 2 && offsets[0] <= offsets[1], data, what,
                 " has no valid data_offsets (begin and end belong there). Is it damaged?");
  entry.begin = offsets[0];
  entry.end = offsets[1];

  std::size_t const element = bytes_of(entry.dtype);
  MONETA_REQUIRE(element > 0, data, what, " has the type '", sanitized(entry.dtype),
                 "' (this version does not know it). Was it written by a newer program?");
  auto const size = product_with(entry.shape, element);
  MONETA_REQUIRE(size.has_value(), data, what,
                 " has a shape that is too large to be true (its size overflows). Is it damaged?");
  MONETA_REQUIRE(*size == entry.end - entry.begin, data, what, " has ", entry.end - entry.begin,
                 " bytes of data, but its shape and type need ", *size, ". Is it damaged?");
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
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  MONETA_REQUIRE(file_ >= 0, data, "cannot read '", path.string(), "' (", std::strerror(errno),
                 "). Is the path right?");
  try {
    struct stat status = {};
    MONETA_REQUIRE(::fstat(file_, &status) == 0 && S_ISREG(status.st_mode), data, "'",
                   path.string(), "' is not a file. Is the path right?");
    auto const size = static_cast<std::uint64_t>(status.st_size);
    MONETA_REQUIRE(size >= length_bytes, data, "'", path.string(), "' is no safetensors file (",
                   size, " bytes are too few). Was it cut short?");
    std::uint64_t length = 0;
    read_at(0, std::as_writable_bytes(std::span(&length, 1)));
    MONETA_REQUIRE(length <= max_header_bytes && length <= size - length_bytes, data, "'",
                   path.string(), "' is no safetensors file (it has ", size,
                   " bytes and speaks of a header of ", length, "). Was it cut short?");
    std::string header(static_cast<std::size_t>(length), '\0');
    read_at(length_bytes, std::as_writable_bytes(std::span(header.data(), header.size())));
    data_start_ = length_bytes + length;
    read_header(header);
    check_data(size - data_start_);
  } catch (...) {
    ::close(file_);
    throw;
  }
}

SafetensorsFile::~SafetensorsFile() { ::close(file_); }

void SafetensorsFile::read_header(std::string_view header) {
  std::string const file = cat("'", path_.string(), "'");
  Json const object = parse_json(header, cat("the header of ", file));
  MONETA_REQUIRE(object.is_object(), data, "the header of ", file,
                 " is not an object. Is it a safetensors file?");
  for (auto const& [key, value] : object.items()) {
    if (key != "__metadata__") {
      tensors_.push_back(read_entry(key, value, file));
      continue;
    }
    MONETA_REQUIRE(value.is_object(), data, file,
                   " has metadata that are not an object. Is it damaged?");
    for (auto const& [name, text] : value.items()) {
      MONETA_REQUIRE(text.is_string(), data, file, " has the metadata '", sanitized(name), "' as ",
                     text.type_name(), " (a string belongs there). Is it damaged?");
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
    MONETA_REQUIRE(tensor.begin == at, data, "'", path_.string(), "': tensor '",
                   sanitized(tensor.name), "' begins at byte ", tensor.begin,
                   " (the one before ends at ", at, ": ",
                   tensor.begin < at ? "they overlap" : "a gap", "). Is it damaged?");
    at = tensor.end;
    MONETA_REQUIRE(at <= data_bytes, data, "'", path_.string(), "': tensor '",
                   sanitized(tensor.name), "' ends at byte ", at, " (the file has ", data_bytes,
                   " bytes of data). Was it cut short?");
  }
  MONETA_REQUIRE(at == data_bytes, data, "'", path_.string(), "' has ", data_bytes,
                 " bytes of data, but its tensors have ", at, ". Is it damaged?");
}

void SafetensorsFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    ssize_t const got = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    MONETA_REQUIRE(got > 0, data, "cannot read '", path_.string(), "' at byte ", offset, " (",
                   got < 0 ? std::strerror(errno) : "it ends there", "). Is the disk in order?");
    offset += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

TensorEntry const* SafetensorsFile::find(std::string const& name) const {
  auto const found = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](TensorEntry const& each) { return each.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

void SafetensorsFile::read(TensorEntry const& tensor, std::span<std::byte> bytes) const {
  MONETA_REQUIRE(bytes.size() == tensor.end - tensor.begin, internal, "tensor '", tensor.name,
                 "' has ", tensor.end - tensor.begin, " bytes, room was made for ", bytes.size());
  read_at(data_start_ + tensor.begin, bytes);
}

void SafetensorsFile::read(TensorEntry const& tensor, std::span<float> values) const {
  MONETA_REQUIRE(tensor.dtype == "F32", data, "'", path_.string(), "': tensor '",
                 sanitized(tensor.name), "' has the type ", tensor.dtype,
                 " (F32 belongs there). Is it the right file?");
  read(tensor, std::as_writable_bytes(values));
}

}  // namespace moneta
