// SPDX-License-Identifier: Apache-2.0
#include "market/raw_file.h"

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

char const* name_of(fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::fifo:
      return "a pipe";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "a device";
    default:
      return "not a file";
  }
}

/// Whether there is a file of this name, also behind symbolic links.
bool is_file(fs::path const& path) {
  std::error_code why;
  fs::file_type const itself = fs::symlink_status(path, why).type();
  // A folder that is missing or cannot be searched has no file.
  if (itself == fs::file_type::not_found || itself == fs::file_type::none) return false;
  fs::file_type const target = fs::status(path, why).type();
  if (target == fs::file_type::regular) return true;
  bool const leads_nowhere = target == fs::file_type::not_found || target == fs::file_type::none;
  MONETA_REQUIRE(
      itself != fs::file_type::symlink || !leads_nowhere, data,
      "'{}' is a symbolic link to '{}' (which cannot be found). Correct the link, or delete it?",
      path.string(), sanitized(fs::read_symlink(path, why).string(), 200));
  throw Error(ErrorKind::data,
              fmt::format("'{}' is {} (a file with candles is needed). Move it away?",
                          path.string(), name_of(target)));
}

}  // namespace

std::optional<fs::path> existing_raw_file(fs::path const& folder, std::string const& coin) {
  fs::path const plain = folder / (coin + ".csv"), packed = folder / (coin + ".csv.gz");
  bool const is_plain = is_file(plain), is_packed = is_file(packed);
  MONETA_REQUIRE(
      !is_plain || !is_packed, data,
      "the folder '{}' has both {}.csv and {}.csv.gz (only one can have the candles of {}). Move one of them away?",
      folder.string(), coin, coin, coin);
  if (is_plain) return plain;
  if (is_packed) return packed;
  return std::nullopt;
}

}  // namespace moneta
