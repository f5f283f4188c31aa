// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <iostream>
#include <random>

#include "base/error.h"
#include "support/long_form.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/log_files.h"
#include "telemetry/run_log.h"

namespace moneta {
namespace {

constexpr std::int64_t begin_ms = 1'795'575'600'000;
constexpr std::int64_t minute_ms = 60'000;

/// All digits of what is measured are noise, as in a training; the loss comes from float32.
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

TEST(LogSize, AYearOfEightCoinsWithAnEpochEveryTenMinutesIsUnder20MB) {
  constexpr std::size_t days_of_year = 365, epochs_a_day = 144;
  std::size_t const days = tries(3, days_of_year);
  FreshFolder const folder;
  std::atomic<std::int64_t> now_ms = begin_ms;
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
      log.write(coin.next());
    }
  }
  log.drain_archive();

  std::uintmax_t bytes = 0, records = 0;
  constexpr std::uintmax_t block = 4096;  // a file takes whole blocks of the disk
  for (LogFile const& file : log_files(folder / "log", "epochs")) {
    if (!file.compressed) continue;
    bytes += (std::filesystem::file_size(file.path) + block - 1) / block * block;
    read_log(file, [&](std::string_view) { ++records; });
  }
  ASSERT_GT(records, (days - 1) * epochs_a_day * coins.size()) << "all but the last day";
  std::uintmax_t const a_year = bytes * days_of_year * epochs_a_day * coins.size() / records;
  std::cout << "a year takes " << a_year << " bytes, " << bytes / records << " a record\n";
  EXPECT_LT(a_year, 20'000'000u);
}

}  // namespace
}  // namespace moneta
