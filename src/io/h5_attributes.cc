// SPDX-License-Identifier: Apache-2.0
#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>

#include "base/error.h"
#include "io/h5.h"
#include "io/h5_check.h"

namespace moneta {
namespace {

constexpr std::int64_t most_texts = 1000;
constexpr std::size_t longest_text = 65536;

// UTF-8 of a fixed width, with a zero at its end. Text of variable length would lie in HDF5's
// global heap, the one part of the file without a checksum; an attribute of fixed width lies in its
// object's header, which has one.
H5Handle text_type(std::size_t width) {
  H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), width + 1);
  H5Tset_strpad(type.id(), H5T_STR_NULLTERM);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

H5Handle H5File::open_object(std::string const& name) const {
  h5_trace(name);
  H5Handle const access = h5_within_file(H5P_LINK_ACCESS);
  H5Handle object(H5Oopen(handle_.id(), name.c_str(), access.id()), H5Oclose);
  MONETA_H5(object.id() >= 0, data, "cannot read '{}', object '{}'", path_, name);
  return object;
}

bool H5File::has_attribute(std::string const& name, std::string const& attribute) const {
  return H5Aexists(open_object(name).id(), attribute.c_str()) > 0;
}

H5Handle H5File::open_attribute(std::string const& name, std::string const& attribute) const {
  H5Handle const object = open_object(name);
  MONETA_REQUIRE(H5Aexists(object.id(), attribute.c_str()) > 0, data,
                 "'{}', object '{}' has no attribute '{}'", path_, name, attribute);
  H5Handle handle(H5Aopen(object.id(), attribute.c_str(), H5P_DEFAULT), H5Aclose);
  MONETA_H5(handle.id() >= 0, data, "cannot read '{}', attribute '{}'", path_, attribute);
  return handle;
}

void H5File::read_scalar(std::string const& name, std::string const& attribute, H5Type type,
                         void* into) const {
  H5Handle const handle = open_attribute(name, attribute);
  H5Handle const stored(H5Aget_type(handle.id()), H5Tclose);
  H5Handle const space(H5Aget_space(handle.id()), H5Sclose);
  MONETA_REQUIRE(
      h5_element_type(stored.id()) == type && H5Sget_simple_extent_npoints(space.id()) == 1, data,
      "'{}', attribute '{}' is not one {}", path_, attribute, to_string(type));
  MONETA_H5(H5Aread(handle.id(), h5_memory_type(type), into) >= 0, data,
            "cannot read '{}', attribute '{}'", path_, attribute);
}

std::int64_t H5File::read_integer(std::string const& name, std::string const& attribute) const {
  std::int64_t value = 0;
  read_scalar(name, attribute, H5Type::int64, &value);
  return value;
}

std::vector<std::string> H5File::read_texts(std::string const& name,
                                            std::string const& attribute) const {
  H5Handle const handle = open_attribute(name, attribute);
  H5Handle const stored(H5Aget_type(handle.id()), H5Tclose);
  H5Handle const space(H5Aget_space(handle.id()), H5Sclose);
  MONETA_REQUIRE(H5Tget_class(stored.id()) == H5T_STRING, data, "'{}', attribute '{}' is not text",
                 path_, attribute);
  auto const points = H5Sget_simple_extent_npoints(space.id());
  auto const width = H5Tget_size(stored.id());
  MONETA_REQUIRE(
      0 <= points && points <= most_texts && width <= longest_text, data,
      "'{}', attribute '{}' says it has {} texts of {} bytes (at most {} of {} are read)", path_,
      attribute, points, width, most_texts, longest_text);
  auto const count = static_cast<std::size_t>(points);
  std::vector<std::string> texts;
  if (H5Tis_variable_str(stored.id()) > 0) {
    H5Handle const type(H5Tcopy(stored.id()), H5Tclose);
    std::vector<char*> pointers(count, nullptr);
    MONETA_H5(H5Aread(handle.id(), type.id(), pointers.data()) >= 0, data,
              "cannot read '{}', attribute '{}'", path_, attribute);
    for (char const* text : pointers) texts.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
    return texts;
  }
  std::vector<char> letters(width * count);
  MONETA_H5(H5Aread(handle.id(), stored.id(), letters.data()) >= 0, data,
            "cannot read '{}', attribute '{}'", path_, attribute);
  for (std::size_t i = 0; i < count; ++i) {
    std::string const text(letters.data() + i * width, width);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

std::string H5File::read_text(std::string const& name, std::string const& attribute) const {
  auto const texts = read_texts(name, attribute);
  MONETA_REQUIRE(texts.size() == 1, data, "'{}', attribute '{}' is not one text", path_, attribute);
  return texts.front();
}

void H5File::write_attribute(std::string const& name, std::string const& attribute,
                             std::int64_t type, std::size_t count, void const* values) const {
  H5Handle const object = open_object(name);
  hsize_t const size = count;
  H5Handle const space(count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr),
                       H5Sclose);
  H5Handle const handle(
      H5Acreate2(object.id(), attribute.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  MONETA_H5(handle.id() >= 0 && H5Awrite(handle.id(), type, values) >= 0, disk,
            "cannot write '{}', attribute '{}'", path_, attribute);
}

void H5File::set_text(std::string const& name, std::string const& attribute,
                      std::string const& value) const {
  write_attribute(name, attribute, text_type(value.size()).id(), 0, value.c_str());
}

void H5File::set_texts(std::string const& name, std::string const& attribute,
                       std::vector<std::string> const& values) const {
  std::size_t width = 0;
  for (auto const& value : values) width = std::max(width, value.size());
  std::string letters;
  for (auto const& value : values) letters += value + std::string(width + 1 - value.size(), '\0');
  write_attribute(name, attribute, text_type(width).id(), values.size(), letters.data());
}

void H5File::set_integer(std::string const& name, std::string const& attribute,
                         std::int64_t value) const {
  write_attribute(name, attribute, H5T_STD_I64LE, 0, &value);
}

void H5File::make_scale(H5Dataset const& scale, std::string const& label) const {
  MONETA_H5(H5DSset_scale(scale.handle_.id(), label.c_str()) >= 0, disk,
            "cannot write '{}', dimension scale '{}'", path_, scale.name());
}

void H5File::attach_scale(H5Dataset const& dataset, unsigned axis, H5Dataset const& scale) const {
  MONETA_H5(H5DSattach_scale(dataset.handle_.id(), scale.handle_.id(), axis) >= 0, disk,
            "cannot write '{}', dimension scale of '{}'", path_, dataset.name());
}

void H5File::label_axis(H5Dataset const& dataset, unsigned axis, std::string const& label) const {
  MONETA_H5(H5DSset_label(dataset.handle_.id(), axis, label.c_str()) >= 0, disk,
            "cannot write '{}', axis label of '{}'", path_, dataset.name());
}

}  // namespace moneta
