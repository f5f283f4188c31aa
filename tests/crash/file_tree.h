// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "support/scratch_folder.h"

namespace moneta {

/// What is in a folder: names below it, folders with a '/' at the end, and the bytes of files.
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

/// Makes an existing folder hold `tree` and nothing else.
inline void set_file_tree(std::filesystem::path const& folder, FileTree const& tree) {
  for (auto const& each : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(each.path());
  }
  for (auto const& [name, bytes] : tree) {  // a folder comes before what it holds
    if (name.ends_with('/')) {
      std::filesystem::create_directory(folder / name.substr(0, name.size() - 1));
    } else {
      write_bytes(folder / name, bytes);
    }
  }
}

/// For messages: names and sizes.
inline std::string names_of(FileTree const& tree) {
  std::string text;
  for (auto const& [name, bytes] : tree) text += name + ' ' + std::to_string(bytes.size()) + '\n';
  return text;
}

}  // namespace moneta
