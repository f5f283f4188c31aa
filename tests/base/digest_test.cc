// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace moneta {
namespace {

// FIPS 180-4 examples.
TEST(Digest, MatchesTheExamplesOfTheStandard) {
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(DigestOfFile, IsTheDigestOfTheBytesAndThrowsWithoutTheFile) {
  auto const path = std::filesystem::temp_directory_path() / "moneta_digest_test";
  std::string const text(3'000'000, 'x');
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(digest_of_file(path), digest_of(text));
  std::filesystem::remove(path);
  EXPECT_THROW(digest_of_file(path), Error);
}

}  // namespace
}  // namespace moneta
