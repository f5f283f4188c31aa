// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/run_rules.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

using Change = Hysteresis::Change;
using Sample = Hysteresis::Sample;

constexpr double slow_below = 0.80, fast_from = 0.90;
constexpr std::size_t fewest_epochs = 3, most_epochs = 512;
constexpr double low_percent = 10, almost_full_percent = 5, percent_to_recover = 2;

double median(std::deque<double> const& values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::size_t const half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double rounded(double value) { return std::round(value * 10) / 10; }

Sample free_sample(double free_percent, double step) {
  if (free_percent <= step) return Sample::bad;
  return free_percent >= step + percent_to_recover ? Sample::good : Sample::neither;
}

}  // namespace

std::vector<EventRecord> RunRules::see(EpochRecord const& record) {
  double const speed = record.sequences_per_second;
  if (!std::isfinite(speed) || speed <= 0) return {};
  Pace& pace = coins_[record.coin];
  if (pace.earlier.size() < fewest_epochs) {
    pace.earlier.push_back(speed);
    return {};
  }
  double const usual = median(pace.earlier);
  double const share = speed / usual;
  Sample const sample = share < slow_below   ? Sample::bad
                        : share >= fast_from ? Sample::good
                                             : Sample::neither;
  if (sample != Sample::bad) pace.earlier.push_back(speed);
  if (pace.earlier.size() > most_epochs) pace.earlier.pop_front();
  Change const change = pace.slow.see(sample);
  if (change == Change::none) return {};
  bool const begins = change == Change::begins;
  Json details = {{"sequences_per_second", speed},
                  {"usual_sequences_per_second", usual},
                  {"epoch", record.epoch},
                  {"wait_seconds", number_or_null(record.wait_seconds)},
                  {"device", record.device}};
  if (!begins) details["from"] = "slow";
  return {{begins ? Severity::warning : Severity::info, begins ? "slow" : "recovered",
           fmt::format("{:g} sequences/s, {:g} % of the usual {:g}{}", rounded(speed),
                       std::round(share * 100), rounded(usual),
                       begins ? ", for the third epoch in a row" : ": as fast as before"),
           record.coin, record.rank, std::move(details)}};
}

std::vector<EventRecord> RunRules::see(DiskReading const& reading) {
  if (reading.total_bytes == 0) return {};
  double const percent =
      100.0 * static_cast<double>(reading.free_bytes) / static_cast<double>(reading.total_bytes);
  Change const low = disk_low_.see(free_sample(percent, low_percent));
  Change const almost_full = disk_almost_full_.see(free_sample(percent, almost_full_percent));
  Json details = {{"free_bytes", reading.free_bytes},
                  {"total_bytes", reading.total_bytes},
                  {"free_percent", rounded(percent)}};
  std::string const room =
      fmt::format("{:g} % ({} MiB) of the disk", rounded(percent), reading.free_bytes >> 20);
  if (almost_full == Change::begins || low == Change::begins) {
    return {
        {almost_full == Change::begins ? Severity::error : Severity::warning, "disk_low",
         fmt::format(
             "only {} are free where the run lies. Delete what is no longer needed, or keep fewer checkpoints (checkpoint.keep_last)?",
             room),
         "", 0, std::move(details)}};
  }
  if (low == Change::ends) {
    details["from"] = "disk_low";
    return {{Severity::info, "recovered", fmt::format("{} are free again where the run lies", room),
             "", 0, std::move(details)}};
  }
  return {};
}

}  // namespace moneta
