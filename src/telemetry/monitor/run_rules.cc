// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/run_rules.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/round.h"
#include "base/text.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

using Change = Hysteresis::Change;
using Sample = Hysteresis::Sample;

constexpr double slow_below = 0.80, fast_from = 0.90;
constexpr std::size_t min_epochs = 3, max_epochs = 512;
constexpr double low_percent = 10, almost_full_percent = 5, percent_to_recover = 2;

double median(std::deque<double> const& values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::size_t const half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double rounded(double value) { return round_to_decimals(value, 1); }

Sample speed_sample(double fraction_of_usual) {
  if (fraction_of_usual < slow_below) return Sample::bad;
  return fraction_of_usual >= fast_from ? Sample::good : Sample::neutral;
}

Sample free_sample(double free_percent, double threshold) {
  if (free_percent <= threshold) return Sample::bad;
  return free_percent >= threshold + percent_to_recover ? Sample::good : Sample::neutral;
}

}  // namespace

std::vector<EventRecord> RunRules::check(EpochRecord const& record) {
  double const speed = record.sequences_per_second;
  if (!std::isfinite(speed) || speed <= 0) return {};
  Pace& pace = coins_[record.coin];
  if (pace.earlier.size() < min_epochs) {
    pace.earlier.push_back(speed);
    return {};
  }
  double const usual = median(pace.earlier);
  double const fraction = speed / usual;
  Sample const sample = speed_sample(fraction);
  if (sample != Sample::bad) pace.earlier.push_back(speed);
  if (pace.earlier.size() > max_epochs) pace.earlier.pop_front();
  Change const change = pace.slow.update(sample);
  if (change == Change::none) return {};
  bool const begins = change == Change::begins;
  Json details = {{"sequences_per_second", speed},
                  {"usual_sequences_per_second", usual},
                  {"epoch", record.epoch},
                  {"wait_seconds", number_or_null(record.wait_seconds)},
                  {"device", record.device}};
  if (!begins) details["from"] = to_string(Event::slow);
  return {{.severity = begins ? Severity::warning : Severity::info,
           .event = begins ? Event::slow : Event::recovered,
           .message = fmt::format("{:g} sequences/s, {:g} % of the usual {:g}{}", rounded(speed),
                                  std::round(fraction * 100), rounded(usual),
                                  begins ? ", in the third epoch in a row" : ": as fast as before"),
           .coin = record.coin,
           .rank = record.rank,
           .details = std::move(details)}};
}

std::vector<EventRecord> RunRules::check(DiskReading const& reading) {
  if (reading.total_bytes == 0) return {};
  double const percent =
      100.0 * static_cast<double>(reading.free_bytes) / static_cast<double>(reading.total_bytes);
  Change const low = disk_low_.update(free_sample(percent, low_percent));
  Change const almost_full = disk_almost_full_.update(free_sample(percent, almost_full_percent));
  Json details = {{"free_bytes", reading.free_bytes},
                  {"total_bytes", reading.total_bytes},
                  {"free_percent", rounded(percent)}};
  std::string const free =
      fmt::format("{:g} % ({}) of the disk", rounded(percent), mib_text(reading.free_bytes));
  if (almost_full == Change::begins || low == Change::begins) {
    return {
        {.severity = almost_full == Change::begins ? Severity::error : Severity::warning,
         .event = Event::disk_low,
         .message = fmt::format(
             "only {} with the run folder are free. Delete files that are no longer needed, or keep fewer checkpoints (checkpoint.keep_last)?",
             free),
         .details = std::move(details)}};
  }
  if (low == Change::ends) {
    details["from"] = to_string(Event::disk_low);
    return {{.severity = Severity::info,
             .event = Event::recovered,
             .message = fmt::format("{} with the run folder are free again", free),
             .details = std::move(details)}};
  }
  return {};
}

}  // namespace moneta
