// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/fed_status_file.h"
#include "run/status_lines.h"
#include "run/status_report.h"
#include "support/scratch_folder.h"
#include "telemetry/logging/daily_file.h"

namespace moneta {

namespace fs = std::filesystem;

inline std::vector<std::string> const eight = {"KRW-BTC", "KRW-ETH",  "KRW-XRP", "KRW-SOL",
                                               "KRW-ADA", "KRW-DOGE", "KRW-DOT", "KRW-AVAX"};

inline EpochRecord epoch(std::string const& coin, std::int64_t number) {
  EpochRecord record;
  record.coin = coin;
  record.epoch = number;
  record.epochs = 200;
  record.train_loss = 0.8123;
  record.valid_loss = 0.8543;
  record.best_valid_loss = 0.8511;
  record.best_epoch = number - 1;
  record.train_seconds = 12;
  record.sequences_per_second = 1234;
  return record;
}

/// The folder of a run `demo`, which a test fills and `moneta status` looks at.
class Reports : public testing::Test {
 protected:
  Reports() { fs::create_directories(run_ / "log"); }

  /// A run that has got a little way, and how it ended.
  void write_status(std::optional<RunState> end, bool with_failure = false) {
    auto file = fed_status_file(
        run_ / "status.json", {eight, 200, 2}, [](EventRecord const&) {},
        [this] { return clock_ms_; }, [this] { return 0.001 * static_cast<double>(clock_ms_); });
    for (std::string const& coin : eight) file.on(epoch(coin, 3));
    file.on(ProgressTick{"KRW-BTC", 0, 4, 0.5, 0.8, 1250});
    file.on(EventRecord{.severity = Severity::warning,
                        .event = Event::slow,
                        .message = "slower than before",
                        .coin = "KRW-ETH"});
    if (with_failure) {
      file.on(EventRecord{.severity = Severity::error,
                          .event = Event::coin_failed,
                          .message = "bad",
                          .coin = "KRW-DOT"});
    }
    file.on(DeviceSample{1, {{"temperature_c", 61}, {"power_w", 310}, {"power_limit_w", 345}}});
    clock_ms_ += 5000;
    file.sink.tick();
    if (end) {
      file.sink.close(end_in(*end));
    } else {  // as a kill would leave it
      std::string const alive = read_bytes(run_ / "status.json");
      file.sink.close(end_in(RunState::failed));
      write_bytes(run_ / "status.json", alive);
    }
  }
  void set_age(int seconds) const {
    fs::last_write_time(run_ / "status.json",
                        fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
  StatusReport look() const { return make_status_report(run_, system_clock_ms()); }
  std::string text(TerminalSize const& terminal = {200, 1000, false}) const {
    std::string all;
    for (std::string const& line : status_lines(look(), terminal)) all += line + "\n";
    return all;
  }

  ScratchFolder folder_;
  fs::path run_ = folder_ / "demo";
  std::int64_t clock_ms_ = 1'742'983'200'000;
};

}  // namespace moneta
