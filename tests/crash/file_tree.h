// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "support/scratch_folder.h"

namespace moneta {

/// The contents of a folder: the names below it, folders with a trailing '/', and the bytes of
/// files.
using FileTree = std::map<std::string, std::string>;

inline FileTree file_tree(std::filesystem::path const& folder) {
  FileTree tree;
  for (auto const& each : std::filesystem::recursive_directory_iterator(folder)) {
    std::string const name = each.path().lexically_relative(folder).string();
    if (each.is_directory()) {
      tree[name + '/'];
    } else {
      tree[name] = read_bytes(each.path());
    }
  }
  return tree;
}

/// Replaces the contents of an existing folder by `tree`.
inline void set_file_tree(std::filesystem::path const& folder, FileTree const& tree) {
  for (auto const& each : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(each.path());
  }
  for (auto const& [name, bytes] : tree) {  // a folder comes before its contents
    if (name.ends_with('/')) {
      std::filesystem::create_directory(folder / name.substr(0, name.size() - 1));
    } else {
      write_bytes(folder / name, bytes);
    }
  }
}

/// Names and sizes, for messages.
inline std::string names_of(FileTree const& tree) {
  std::string text;
  for (auto const& [name, bytes] : tree) text += name + ' ' + std::to_string(bytes.size()) + '\n';
  return text;
}

}  // namespace moneta
