// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/load.h"
#include "support/scratch_folder.h"

namespace moneta {

inline Config const default_config;

/// A temporary folder with one configuration file.
class Scratch : public ScratchFolder {
 public:
  std::filesystem::path write(std::string const& text) const {
    std::filesystem::path const file = path() / "x.yaml";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
};

inline Config load_text(std::string const& text, std::vector<std::string> const& overrides = {}) {
  Scratch const scratch;
  return load_config(scratch.write(text), overrides);
}

/// The text of the Error (config) that `work` throws, without the path of the temporary folder.
template <class Work>
std::string config_error(Work const& work) {
  try {
    work();
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config) << error.what();
    std::string text = error.what();
    std::string const start = std::filesystem::temp_directory_path() / "moneta_test_";
    for (std::size_t at = 0; (at = text.find(start, at)) != std::string::npos; ++at) {
      std::size_t const file = text.find("x.yaml", at);
      if (file != std::string::npos) text.erase(at, file - at);
    }
    return text;
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

}  // namespace moneta
