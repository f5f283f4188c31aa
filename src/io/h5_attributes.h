// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/h5_types.h"

namespace moneta {

/// The attributes of one object (a group or a dataset) of an open H5File, which must outlive it.
/// Errors are Error (data) when reading and Error (disk) when writing, and name the file and the
/// attribute.
class H5Attributes {
 public:
  bool has(std::string const& attribute) const;
  std::string read_text(std::string const& attribute) const;
  std::vector<std::string> read_texts(std::string const& attribute) const;
  std::int64_t read_integer(std::string const& attribute) const;

  /// Texts are UTF-8 of variable length, which other tools read as strings.
  void set_text(std::string const& attribute, std::string const& value) const;
  void set_texts(std::string const& attribute, std::vector<std::string> const& values) const;
  void set_integer(std::string const& attribute, std::int64_t value) const;

 private:
  friend class H5File;
  H5Attributes(H5Handle object, std::string file, std::string name);
  H5Handle open(std::string const& attribute) const;
  void write(std::string const& attribute, std::int64_t type, std::size_t count,
             void const* values) const;

  H5Handle object_;
  std::string file_, name_;
};

}  // namespace moneta
