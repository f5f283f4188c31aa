// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "telemetry/fresh_folder.h"
#include "telemetry/logging/log_archive.h"

namespace moneta {

inline constexpr std::int64_t hour_ms = 3'600'000;
/// 2026-11-25T12:00:00 in the time zone of the tests.
inline constexpr std::int64_t noon_ms = 1'795'575'600'000;

/// A log folder, a time zone (UTC+9), a clock that the test sets, and the reported events.
class LogArchiveTest : public testing::Test {
 protected:
  void SetUp() override { set_zone("KST-9"); }
  void TearDown() override { set_zone("UTC0"); }
  static void set_zone(char const* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }

  LogArchiveSettings settings() {
    LogArchiveSettings settings;
    settings.run_name = "run";
    settings.clock = [this] { return now_ms.load(); };
    return settings;
  }
  /// For the tests of the log itself.
  LogArchiveSettings without_compression() {
    LogArchiveSettings plain = settings();
    plain.compress = false;
    return plain;
  }
  static EventRecord event(std::string const& message) {
    return {.event = Event::model_saved,
            .message = message,
            .coin = "KRW-BTC",
            .rank = 1,
            .details = {{"bytes", 12}}};
  }
  /// Adds an event to `events`; may be called from any thread.
  std::function<void(EventRecord)> reporter() {
    return [this](EventRecord const& record) {
      std::lock_guard const lock(mutex);
      events.push_back(record);
      arrived.notify_all();
    };
  }
  /// Lets an archive process the folder once.
  void process(LogArchiveSettings const& how) {
    LogArchive archive(folder / "log", how, reporter());
    archive.wake();
    archive.drain();
  }
  std::vector<std::string> files(std::string const& where = "log") const {
    std::vector<std::string> names;
    for (auto const& each : std::filesystem::recursive_directory_iterator(folder / where)) {
      names.push_back(std::filesystem::relative(each.path(), folder / where));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  FreshFolder folder;
  std::atomic<std::int64_t> now_ms = noon_ms;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<EventRecord> events;
};

}  // namespace moneta
