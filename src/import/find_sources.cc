// SPDX-License-Identifier: Apache-2.0
#include "import/find_sources.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/error.h"
#include "import/open_source.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// Why a file of a folder is not read; empty if it is.
std::string reason_to_ignore(fs::path const& file) {
  std::error_code why;
  std::string name = file.filename().string();
  for (char& each : name) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  auto const ends_in = [&](auto const&... endings) { return (name.ends_with(endings) || ...); };
  if (name.starts_with('.')) return "hidden";
  if (!fs::is_regular_file(file, why)) return "not a file";
  if (ends_in(".checksum")) return "the checksum of an archive";
  if (ends_in(".source.json") || name == "synthetic.json" || name == "manifest.json") {
    return "a description, no candles";
  }
  if (ends_in(".csv", ".json", ".gz", ".zip")) return "";
  if (ends_in(".parquet", ".feather", ".arrow")) {
    return "to be converted to CSV first, see data/README.md";
  }
  return "no .csv, .json, .gz or .zip";
}

class Finder {
 public:
  explicit Finder(fs::path const& target) : target_(fs::weakly_canonical(target)) {}

  void add_folder(fs::path const& folder) {
    std::vector<fs::path> entries;
    std::error_code why;
    for (fs::directory_iterator entry(folder, why), end; !why && entry != end;
         entry.increment(why)) {
      entries.push_back(entry->path());
    }
    MONETA_REQUIRE(!why, data, "the folder '{}' cannot be listed ({}). May this user read it?",
                   folder.string(), why.message());
    std::sort(entries.begin(), entries.end());
    for (fs::path const& each : entries) add_entry(each);
  }

  void add_file(fs::path const& file) { found_.files.push_back(file); }

  FoundSources take() { return std::move(found_); }
  std::size_t files() const { return found_.files.size(); }

 private:
  void add_entry(fs::path const& path) {
    std::error_code ignored;
    // A link to a folder might lead in a circle.
    bool const is_folder = fs::is_directory(fs::symlink_status(path, ignored));
    if (fs::weakly_canonical(path, ignored) == target_) {
      ignore(path, "the folder that candles are written to");
    } else if (is_folder) {
      add_folder(path);
    } else if (std::string const reason = reason_to_ignore(path); !reason.empty()) {
      ignore(path, reason);
    } else {
      add_file(path);
    }
  }

  void ignore(fs::path const& path, std::string const& reason) {
    found_.ignored.push_back({printable(path.string()), reason});
  }

  fs::path const target_;
  FoundSources found_;
};

}  // namespace

FoundSources find_sources(std::vector<fs::path> const& given, fs::path const& target) {
  Finder finder(target);
  for (fs::path const& each : given) {
    std::error_code ignored;
    if (!fs::is_directory(each, ignored)) {
      finder.add_file(each);
      continue;
    }
    std::size_t const before = finder.files();
    finder.add_folder(each);
    MONETA_REQUIRE(
        finder.files() > before, data,
        "the folder '{}' contains no file to import (no .csv, .json, .gz or .zip). Is the path right?",
        each.string());
  }
  return finder.take();
}

}  // namespace moneta
