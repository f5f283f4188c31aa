// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target on every file of a folder, in an ordinary build: fuzz_NAME FOLDER...
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <set>

#include "support/scratch_folder.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int count, char** words) {
  std::set<std::filesystem::path> files;
  for (int i = 1; i < count; ++i) {
    for (auto const& each : std::filesystem::directory_iterator(words[i])) {
      files.insert(each.path());
    }
  }
  for (auto const& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    auto const bytes = moneta::read_bytes(file);
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
  }
  std::printf("%zu inputs\n", files.size());
  return files.empty() ? 1 : 0;
}
