// SPDX-License-Identifier: Apache-2.0
#include "io/inside.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace fs = std::filesystem;

bool is_name_inside(std::string_view name) {
  constexpr std::size_t longest_part = 255, longest_name = 1024;
  if (name.size() > longest_name) return false;
  auto const printable = [](char each) { return each >= ' ' && each <= '~'; };
  if (!std::all_of(name.begin(), name.end(), printable)) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    auto const part = name.substr(begin, std::min(name.find('/', begin), name.size()) - begin);
    if (part.empty() || part == "." || part == ".." || part.size() > longest_part) return false;
    begin += part.size() + 1;
  }
  return true;
}

void require_inside(fs::path const& folder, fs::path const& path) {
  std::error_code missing;
  auto const root = fs::canonical(folder, missing);
  if (missing) return;
  auto const real = fs::canonical(path, missing);
  if (missing) return;
  auto const leaves =
      std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first != root.end();
  MONETA_REQUIRE(
      !leaves, data,
      "'{}' leads out of the folder '{}' by a link (to '{}', but listed files must be in the folder). Copy the file into it, or make the whole folder a link?",
      path.string(), folder.string(), sanitized(real.string()));
}

}  // namespace moneta
