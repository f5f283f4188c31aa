// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <iostream>
#include <random>

#include "base/error.h"
#include "support/long_form.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/logging/log_archive_fixture.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/logging/run_log.h"

namespace moneta {
namespace {

constexpr std::int64_t minute_ms = 60'000;

/// Produces epoch records whose measurements have random digits, as in a real run; losses are
/// float32.
class Coin {
 public:
  Coin(std::string const& name, std::size_t number) : random_(number) {
    record_.coin = name;
    record_.rank = number / 4;
    record_.epochs = 60'000;
    record_.best_valid_loss = 1;
  }

  EpochRecord const& next() {
    ++record_.epoch;
    record_.update += 70;
    double const progress = 1.0 / static_cast<double>(record_.epoch + 10);
    record_.train_loss = static_cast<float>(0.7 + progress + noise(0.01));
    record_.valid_loss = static_cast<float>(0.8 + progress + noise(0.01));
    if (record_.valid_loss < record_.best_valid_loss) {
      record_.best_valid_loss = record_.valid_loss;
      record_.best_epoch = record_.epoch;
    }
    record_.learning_rate = 5e-4 * (1 + std::cos(static_cast<double>(record_.epoch) / 20'000));
    record_.gradient_norm_mean = 0.5 + noise(0.1);
    record_.gradient_norm_max = 2.5 + noise(1);
    record_.train_seconds = 540 + noise(5);
    record_.valid_seconds = 40 + noise(1);
    record_.sequences_per_second = 72'458 / record_.train_seconds;
    record_.wait_seconds = 0.2 + noise(0.1);
    record_.host_memory_bytes = 5'000'000'000 / 4096 * 4096 + 4096 * (random_() % 5000);
    record_.device = {{"kind", "gpu"},
                      {"samples", 115 + random_() % 3},
                      {"memory_max_bytes", std::uint64_t{12'034'506'752}},
                      {"memory_total_bytes", std::uint64_t{12'884'901'888}},
                      {"process_max_bytes", std::uint64_t{11'734'506'752}},
                      {"temperature_max_c", 68 + static_cast<double>(random_() % 4)},
                      {"power_mean_w", 287 + noise(4)},
                      {"power_limit_w", 345.0},
                      {"utilisation_mean_percent", 97 + noise(1)},
                      {"memory_utilisation_mean_percent", 61 + noise(1)},
                      {"sm_clock_mean_mhz", 1740 + noise(30)},
                      {"throttled_share", 0.0},
                      {"throttle_reasons", Json::object()},
                      {"other_processes_max", 0},
                      {"load_mean", 2.1 + noise(0.2)}};
    return record_;
  }

 private:
  double noise(double width) { return std::uniform_real_distribution<>(-width, width)(random_); }

  std::mt19937_64 random_;
  EpochRecord record_;
};

/// The event of each epoch.
EventRecord saved(EpochRecord const& record) {
  std::string const file =
      fmt::format("{}/{}-000000.safetensors", record.coin, 1'000'000 + record.epoch);
  return {.event = Event::model_saved,
          .message = fmt::format("saved {}", file),
          .coin = record.coin,
          .rank = record.rank,
          .details = {{"file", file},
                      {"bytes", 1'101'820'123},
                      {"seconds", 3.0 + 0.001 * static_cast<double>(record.epoch % 97)}}};
}

/// The compressed files of a kind: their bytes on the disk and the records in them.
struct Size {
  std::uintmax_t bytes = 0, records = 0;
};
Size size_of(std::filesystem::path const& folder, std::string_view kind) {
  constexpr std::uintmax_t block = 4096;  // a file occupies whole blocks
  Size size;
  for (LogFile const& file : log_files(folder, kind)) {
    if (!file.compressed) continue;
    size.bytes += (std::filesystem::file_size(file.path) + block - 1) / block * block;
    read_log(file, [&](std::string_view) { ++size.records; });
  }
  return size;
}

TEST(LogSize, IsBelow20MBForAYearOfEightCoinsWithAnEpochEveryTenMinutes) {
  constexpr std::size_t days_of_year = 365, epochs_a_day = 144;
  std::size_t const days = tries(3, days_of_year);
  FreshFolder const folder;
  std::atomic<std::int64_t> now_ms = noon_ms;
  LogArchiveSettings settings;
  settings.keep_days = 1000;
  settings.clock = [&] { return now_ms.load(); };
  std::vector<Coin> coins;
  for (std::string const name : {"BTC", "ETH", "XRP", "SOL", "ADA", "DOGE", "DOT", "AVAX"}) {
    coins.emplace_back("KRW-" + name, coins.size());
  }
  RunLog log(folder / "log", settings);
  for (std::size_t i = 0; i <= days * epochs_a_day; ++i) {
    for (Coin& coin : coins) {
      now_ms += minute_ms * 10 / 8 + static_cast<std::int64_t>(i * 7919 % 500) - 250;
      EpochRecord const& record = coin.next();
      log.on(record);
      log.on(saved(record));
    }
  }
  log.drain_archive();

  constexpr std::uintmax_t records_of_year = days_of_year * epochs_a_day * 8;
  auto const a_year = [&](std::string_view kind) {
    auto const [bytes, records] = size_of(folder / "log", kind);
    EXPECT_GT(records, (days - 1) * epochs_a_day * coins.size()) << "all but the last day";
    std::uintmax_t const year = bytes * records_of_year / std::max<std::uintmax_t>(1, records);
    std::cout << "a year of " << kind << " takes " << year << " bytes\n";
    return year;
  };
  EXPECT_LT(a_year("epochs"), 20'000'000u);
  EXPECT_LT(a_year("events"), 8'000'000u) << "one event for the checkpoint of each epoch";
}

}  // namespace
}  // namespace moneta
