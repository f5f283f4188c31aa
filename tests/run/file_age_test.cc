// SPDX-License-Identifier: Apache-2.0
#include "run/file_age.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/clock.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

void set_age(std::filesystem::path const& path, int seconds) {
  namespace fs = std::filesystem;
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

TEST(FileAge, UsesTheClockOfTheFolderNotTheLocalOne) {
  FreshFolder folder;
  folder.write("status.json", "");
  set_age(folder / "status.json", 100);
  std::int64_t const wrong_ms = system_clock_ms() + 3'600'000;
  auto const age_s = file_age_s(folder / "status.json", folder.path(), wrong_ms);
  ASSERT_TRUE(age_s);
  EXPECT_NEAR(*age_s, 100, 5);
  auto const files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);  // no temporary file is left
}

TEST(FileAge, UsesTheLocalClockIfTheFolderIsNotWritable) {
  FreshFolder folder;
  folder.write("status.json", "");
  set_age(folder / "status.json", 100);
  auto const age_s =
      file_age_s(folder / "status.json", folder / "no such folder", system_clock_ms() + 60'000);
  ASSERT_TRUE(age_s);
  EXPECT_NEAR(*age_s, 160, 5);
}

TEST(FileAge, IsNeverNegativeAndEmptyWithoutAFile) {
  FreshFolder folder;
  folder.write("status.json", "");
  set_age(folder / "status.json", -100);
  EXPECT_EQ(file_age_s(folder / "status.json", folder.path(), 0), 0.0);
  EXPECT_EQ(file_age_s(folder / "nothing", folder.path(), 0), std::nullopt);
}

}  // namespace
}  // namespace moneta
