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
/// 2026-11-25T12:00:00 in the tests' time zone.
inline constexpr std::int64_t noon_ms = 1'795'575'600'000;

/// A folder of logs, a clock that the test sets, and the events that were told.
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
  std::function<void(EventRecord)> taker() {
    return [this](EventRecord const& event) {
      std::lock_guard const lock(mutex);
      events.push_back(event);
      arrived.notify_all();
    };
  }
  /// One look at the folder.
  void look(LogArchiveSettings const& how) {
    LogArchive archive(folder / "log", how, taker());
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
