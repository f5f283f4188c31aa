// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace moneta {

/// A new folder of its own, removed at the end.
class FreshFolder {
 public:
  FreshFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "moneta-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  FreshFolder(FreshFolder const&) = delete;
  FreshFolder& operator=(FreshFolder const&) = delete;
  ~FreshFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

  void write(std::string const& name, std::string const& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  std::string read(std::string const& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ / name).rdbuf();
    return std::move(text).str();
  }
  std::vector<std::string> lines(std::string const& name) const {
    std::ifstream file(path_ / name);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace moneta
