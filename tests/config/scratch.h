// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/load.h"

namespace moneta {

inline Config const default_config;

/// A fresh folder that goes away with its owner.
class Scratch {
 public:
  Scratch()
      : folder_(std::filesystem::temp_directory_path() /
                cat("moneta-config-", ::getpid(), '-', ++count_)) {
    std::filesystem::create_directories(folder_);
  }
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path const& folder() const { return folder_; }

  std::filesystem::path write(std::string const& text) const {
    std::filesystem::path const path = folder_ / "x.yaml";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

 private:
  static inline int count_ = 0;
  std::filesystem::path folder_;
};

inline Config load_text(std::string const& text, std::vector<std::string> const& overrides = {}) {
  Scratch const scratch;
  return load_config(scratch.write(text), overrides);
}

/// What the Error (config) says that `work` throws, with the scratch folder cut out.
template <class Work>
std::string config_error(Work const& work) {
  try {
    work();
  } catch (Error const& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config) << error.what();
    std::string text = error.what();
    std::string const start = std::filesystem::temp_directory_path() / "moneta-config-";
    for (std::size_t at = 0; (at = text.find(start, at)) != std::string::npos; ++at) {
      std::size_t const file = text.find("x.yaml", at);
      if (file != std::string::npos) text.erase(at, file - at);
    }
    return text;
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace moneta
