// SPDX-License-Identifier: Apache-2.0
// Creates shards as another program might write them:
//   change_shards dense FROM TO
//     rewrites compact shards in the dense layout
//   change_shards set FOLDER FILE DATASET ELEMENT VALUE
//     changes a value and updates the manifest
#include <hdf5.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "data/manifest.h"
#include "data/write_dense.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Sets an element, numbered across all axes, to `value`; HDF5 updates the checksum of its chunk.
void set_element(fs::path const& path, std::string const& name, std::size_t element, float value) {
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t const dataset = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
  MONETA_REQUIRE(dataset >= 0, data, "there is no '{}' in '{}'", name, path.string());
  hid_t const space = H5Dget_space(dataset);
  std::vector<hsize_t> shape(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  std::vector<hsize_t> place(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; element /= shape[axis]) {
    place[axis] = element % shape[axis];
  }
  H5Sselect_elements(space, H5S_SELECT_SET, 1, place.data());
  hsize_t const one = 1;
  hid_t const memory = H5Screate_simple(1, &one, nullptr);
  herr_t const written = H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, &value);
  MONETA_REQUIRE(element == 0 && written >= 0, data, "'{}' has no such element", name);
  H5Sclose(memory);
  H5Sclose(space);
  H5Dclose(dataset);
  H5Fclose(file);
}

void list_again(fs::path const& folder, std::string const& file) {
  Manifest manifest = read_manifest(folder);
  for (ManifestEntry& entry : manifest.shards) {
    if (entry.file != file) continue;
    entry.sha256 = digest_of_file(folder / file);
    entry.bytes = fs::file_size(folder / file);
  }
  write_manifest(folder, std::move(manifest));
}

int change(std::vector<std::string> const& arguments) {
  if (arguments.size() == 3 && arguments[0] == "dense") {
    convert_to_dense(arguments[1], arguments[2]);
  } else if (arguments.size() == 6 && arguments[0] == "set") {
    set_element(fs::path(arguments[1]) / arguments[2], arguments[3], std::stoul(arguments[4]),
                std::stof(arguments[5]));
    list_again(arguments[1], arguments[2]);
  } else {
    std::cerr << "see the head of change_shards.cc\n";
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace moneta

int main(int count, char** arguments) {
  try {
    return moneta::change({arguments + 1, arguments + count});
  } catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
