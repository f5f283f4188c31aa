// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/scratch_folder.h"

namespace moneta {

/// A temporary folder with functions to write and read its files.
class FreshFolder : public ScratchFolder {
 public:
  void write(std::string const& name, std::string const& text) const {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }
  std::string read(std::string const& name) const {
    std::ostringstream text;
    text << std::ifstream(path() / name).rdbuf();
    return std::move(text).str();
  }
  std::vector<std::string> lines(std::string const& name) const {
    std::ifstream file(path() / name);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }
};

}  // namespace moneta
