// SPDX-License-Identifier: Apache-2.0
#include "market/write_candles.h"

#include <gtest/gtest.h>

#include "market/made_candles.h"
#include "market/read_candles.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(WriteCandles, ReadsBackBitForBitPlainAndCompressed) {
  ScratchFolder const folder;
  auto candles = made_candles(20'000, 3, 1.0 / 3.0);
  candles.erase(candles.begin() + 100, candles.begin() + 200);
  for (char const* name : {"a.csv", "a.csv.gz"}) {
    write_candles(folder / name, candles);
    EXPECT_EQ(read_candles(folder / name, BadRows::error).candles, candles);
  }
  EXPECT_EQ(read_bytes(folder / "a.csv").substr(0, 51),
            "timestamp,open,high,low,close,volume\n1709250780000,");
  EXPECT_LT(read_bytes(folder / "a.csv.gz").size(), read_bytes(folder / "a.csv").size() * 2 / 3);
}

TEST(WriteCandles, LeavesTheOldFileIfTheDiskIsFull) {
  ScratchFolder const folder;
  auto const candles = made_candles(5'000, 4);
  for (char const* name : {"a.csv", "a.csv.gz"}) {
    write_candles(folder / name, std::span(candles).first(10));
    {
      FileSizeLimit const limit(50'000);
      expect_error(ErrorKind::disk, name, [&] { write_candles(folder / name, candles); });
    }
    EXPECT_EQ(read_candles(folder / name, BadRows::error).candles.size(), 10u);
    EXPECT_FALSE(std::filesystem::exists(folder / (std::string(name) + ".tmp")));
  }
}

TEST(WriteCandles, NamesAMissingFolder) {
  ScratchFolder const folder;
  expect_error(ErrorKind::disk, "none/a.csv",
               [&] { write_candles(folder / "none/a.csv", made_candles(1, 5)); });
}

}  // namespace
}  // namespace moneta
