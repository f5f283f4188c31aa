// SPDX-License-Identifier: Apache-2.0
#include "io/h5_attributes.h"

#include <hdf5.h>

#include <utility>

#include "base/error.h"
#include "io/h5_check.h"
#include "io/h5_trace.h"

namespace moneta {
namespace {

constexpr std::int64_t most_texts = 1000;
constexpr std::size_t longest_text = 65536;

}  // namespace

H5Attributes::H5Attributes(H5Handle object, std::string file, std::string name)
    : object_(std::move(object)), file_(std::move(file)), name_(std::move(name)) {}

bool H5Attributes::has(std::string const& attribute) const {
  return H5Aexists(object_.id(), attribute.c_str()) > 0;
}

H5Handle H5Attributes::open(std::string const& attribute) const {
  h5_trace(name_);
  MONETA_REQUIRE(has(attribute), data, "'{}', object '{}' has no attribute '{}'", file_, name_,
                 attribute);
  H5Handle handle(H5Aopen(object_.id(), attribute.c_str(), H5P_DEFAULT), H5Aclose);
  MONETA_H5(handle.id() >= 0, data, "cannot read '{}', attribute '{}'", file_, attribute);
  return handle;
}

std::int64_t H5Attributes::read_integer(std::string const& attribute) const {
  H5Handle const handle = open(attribute);
  H5Handle const stored(H5Aget_type(handle.id()), H5Tclose);
  H5Handle const space(H5Aget_space(handle.id()), H5Sclose);
  bool const is_one_integer = h5_element_type(stored.id()) == H5Type::int64 &&
                              H5Sget_simple_extent_npoints(space.id()) == 1;
  MONETA_REQUIRE(is_one_integer, data, "'{}', attribute '{}' is not one {}", file_, attribute,
                 to_string(H5Type::int64));
  std::int64_t value = 0;
  MONETA_H5(H5Aread(handle.id(), h5_memory_type(H5Type::int64), &value) >= 0, data,
            "cannot read '{}', attribute '{}'", file_, attribute);
  return value;
}

std::vector<std::string> H5Attributes::read_texts(std::string const& attribute) const {
  H5Handle const handle = open(attribute);
  H5Handle const stored(H5Aget_type(handle.id()), H5Tclose);
  H5Handle const space(H5Aget_space(handle.id()), H5Sclose);
  MONETA_REQUIRE(H5Tget_class(stored.id()) == H5T_STRING, data, "'{}', attribute '{}' is not text",
                 file_, attribute);
  auto const points = H5Sget_simple_extent_npoints(space.id());
  auto const width = H5Tget_size(stored.id());
  MONETA_REQUIRE(0 <= points && points <= most_texts && width <= longest_text, data,
                 "'{}', attribute '{}' claims {} strings of {} bytes (at most {} of {} are read)",
                 file_, attribute, points, width, most_texts, longest_text);
  auto const count = static_cast<std::size_t>(points);
  std::vector<std::string> texts;
  if (H5Tis_variable_str(stored.id()) > 0) {
    H5Handle const type(H5Tcopy(stored.id()), H5Tclose);
    std::vector<char*> pointers(count, nullptr);
    MONETA_H5(H5Aread(handle.id(), type.id(), pointers.data()) >= 0, data,
              "cannot read '{}', attribute '{}'", file_, attribute);
    for (char const* text : pointers) texts.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
    return texts;
  }
  std::vector<char> letters(width * count);
  MONETA_H5(H5Aread(handle.id(), stored.id(), letters.data()) >= 0, data,
            "cannot read '{}', attribute '{}'", file_, attribute);
  for (std::size_t i = 0; i < count; ++i) {
    std::string const text(letters.data() + i * width, width);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

std::string H5Attributes::read_text(std::string const& attribute) const {
  auto const texts = read_texts(attribute);
  MONETA_REQUIRE(texts.size() == 1, data, "'{}', attribute '{}' is not one string", file_,
                 attribute);
  return texts.front();
}

/// A `count` of 0 makes a scalar.
void H5Attributes::write(std::string const& attribute, std::int64_t type, std::size_t count,
                         void const* values) const {
  hsize_t const size = count;
  H5Handle const space(count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr),
                       H5Sclose);
  H5Handle const handle(
      H5Acreate2(object_.id(), attribute.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  MONETA_H5(handle.id() >= 0 && H5Awrite(handle.id(), type, values) >= 0, disk,
            "cannot write '{}', attribute '{}'", file_, attribute);
}

void H5Attributes::set_text(std::string const& attribute, std::string const& value) const {
  char const* const pointer = value.c_str();
  write(attribute, h5_text_type().id(), 0, &pointer);
}

void H5Attributes::set_texts(std::string const& attribute,
                             std::vector<std::string> const& values) const {
  write(attribute, h5_text_type().id(), values.size(), h5_pointers(values).data());
}

void H5Attributes::set_integer(std::string const& attribute, std::int64_t value) const {
  write(attribute, H5T_STD_I64LE, 0, &value);
}

}  // namespace moneta
