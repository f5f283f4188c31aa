// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace moneta {

/// A file that is not read, and why.
struct IgnoredFile {
  std::string file;
  std::string reason;
};

struct FoundSources {
  std::vector<std::filesystem::path> files;
  std::vector<IgnoredFile> ignored;
};

/// The files to import: those that are given, and in the folders that are given, at any depth and
/// in order of their names, those that end in .csv, .json, .gz or .zip. Files below `target` and
/// descriptions that this program writes are ignored. Throws Error (data) if a folder cannot be
/// listed, or contains no such file.
FoundSources find_sources(std::vector<std::filesystem::path> const& given,
                          std::filesystem::path const& target);

}  // namespace moneta
