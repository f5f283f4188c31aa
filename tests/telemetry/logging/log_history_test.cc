// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_history.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {

TEST(ReadEpochHistory, ReturnsTheRecordsThatARunLogged) {
  FreshFolder folder;
  std::atomic<std::int64_t> now_ms = 1'742'983'200'000;
  {
    LogArchiveSettings settings;
    settings.compress = false;
    settings.clock = [&] { return now_ms.load(); };
    settings.keep_days = 36500;
    RunLog log(folder.path(), settings);
    EpochRecord record;
    record.coin = "KRW-BTC";
    record.rank = 1;
    record.epochs = 200;
    for (record.epoch = 1; record.epoch <= 4; ++record.epoch) {
      record.train_loss = 1.0 / static_cast<double>(record.epoch);
      record.train_seconds = 10;
      log.on(record);
      now_ms += 86'400'000;
    }
  }
  auto const files = log_files(folder.path(), "epochs");
  ASSERT_GE(files.size(), 4u);
  ASSERT_EQ(std::system(fmt::format("gzip '{}'", files[0].path.string()).c_str()), 0);
  EpochHistory const history = read_epoch_history(folder.path());
  EXPECT_EQ(history.unreadable, 0u);
  ASSERT_EQ(history.epochs.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(history.epochs[i].epoch, static_cast<std::int64_t>(i) + 1);
    EXPECT_NEAR(history.epochs[i].train_loss, 1.0 / (static_cast<double>(i) + 1), 1e-6);
  }
  EXPECT_EQ(history.epochs[0].rank, 1u);
  EXPECT_EQ(history.epochs[0].epochs, 200);
  EXPECT_EQ(history.epochs[0].train_seconds, 10);
}

TEST(ReadEpochHistory, SortsRecordsByTimeNotByFileName) {
  FreshFolder folder;
  folder.write("epochs-2025-03-26.jsonl",
               R"({"@timestamp":"2025-03-26T09:00:00.000Z","coin":"A","epoch":2})"
               "\n");
  folder.write("epochs-2025-03-26.1.jsonl",
               R"({"@timestamp":"2025-03-26T08:00:00.000Z","coin":"A","epoch":1})"
               "\n");
  EpochHistory const history = read_epoch_history(folder.path());
  ASSERT_EQ(history.epochs.size(), 2u);
  EXPECT_EQ(history.epochs[1].epoch, 2);
  EXPECT_TRUE(std::isnan(history.epochs[1].valid_loss));  // of a version that did not log it
}

TEST(ReadEpochHistory, SkipsAndCountsDamagedLinesAndFiles) {
  FreshFolder folder;
  folder.write("epochs-2025-03-25.jsonl.gz", "no gzip");
  folder.write("epochs-2025-03-27.jsonl",
               "{\"coin\":\"A\",\"epoch\":1,\"epochs\":-1}\n{\"coin\":\"A\",\"epoch\":1e300}\n"
               "{\"coin\":\"A\\u001b[2J\",\"epoch\":1}\n");
  folder.write("epochs-2025-03-26.jsonl",
               "{\"coin\":\"A\",\"epoch\":1}\n\n{\"coin\":3}\n{\"coin\":\"A\",\"epoch\":2}\n{\"co");
  EpochHistory const history = read_epoch_history(folder.path());
  EXPECT_EQ(history.epochs.size(), 2u);
  EXPECT_EQ(history.unreadable, 6u);
}

}  // namespace
}  // namespace moneta
