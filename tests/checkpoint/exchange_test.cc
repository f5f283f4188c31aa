// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "checkpoint/sample_state.h"
#include "io/safetensors.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

/// Exit status of exchange.py, run by the Python that has the reference library.
int run_python(std::string const& command, std::filesystem::path const& file) {
  return std::system(fmt::format("{}{} '{}'",
                                 "'" MONETA_SAFETENSORS_PYTHON "' '" MONETA_TESTS
                                 "/checkpoint/exchange.py' ",
                                 command, file.string())
                         .c_str());
}

TEST(Exchange, TheReferenceLibraryReadsACheckpoint) {
  ScratchFolder const folder;
  auto const saved = write_checkpoint(folder.path(), sample_state());
  EXPECT_EQ(run_python("read", folder / saved.file), 0);
}

TEST(Exchange, WhatTheReferenceLibraryWritesIsRead) {
  ScratchFolder const folder;
  ASSERT_EQ(run_python("write", folder / "x"), 0);
  SafetensorsFile const file(folder / "x");
  EXPECT_EQ(file.metadata(),
            (TensorMetadata{{"made by", "safetensors"}, {"quote", "\"\n\xc3\xa9"}}));
  EXPECT_EQ(file.tensors().size(), 4u);
  ASSERT_NE(file.find("f"), nullptr);
  EXPECT_EQ(file.find("f")->shape, (std::vector<std::size_t>{2, 3}));
  std::vector<float> values(6);
  file.read(*file.find("f"), std::span(values));
  EXPECT_EQ(values[5], 5.0f / 3);
  ASSERT_NE(file.find("i"), nullptr);
  EXPECT_EQ(file.find("i")->dtype, "I64");
  EXPECT_EQ(file.find("empty")->elements, 0u);
  EXPECT_TRUE(file.find("scalar")->shape.empty());
}

}  // namespace
}  // namespace moneta
