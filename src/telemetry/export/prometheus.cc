// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/prometheus.h"

#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "io/replace_file.h"
#include "telemetry/export/flatten_numbers.h"

namespace moneta {
namespace {

constexpr std::int64_t seconds_between_writes = 10;

std::string kind_of(Json const& device) {
  bool const is_cpu = device.is_object() && device.contains("kind") && device["kind"] == "cpu";
  return is_cpu ? "cpu" : "gpu";
}

/// The counters that start at 0. Prometheus only notices the increase of a counter that it has seen
/// before; the rules in configs/monitoring need all of these.
std::map<RunMetrics::EventKey, std::int64_t> initial_counters() {
  std::map<RunMetrics::EventKey, std::int64_t> counters;
  for (EventInfo const& row : event_table) {
    if (!row.counter) continue;
    for (Severity const severity : {row.severity, row.worst}) {
      counters[{row.name, to_string(severity)}] = 0;
    }
  }
  return counters;
}

}  // namespace

PrometheusFile::PrometheusFile(std::filesystem::path file, std::string run, RunView const& view,
                               std::function<void(EventRecord const&)> on_failure, ClockMs clock)
    : file_(std::move(file)),
      view_(view),
      on_failure_(std::move(on_failure)),
      clock_(std::move(clock)) {
  metrics_.run = std::move(run);
  metrics_.coins.resize(view.coins().size());
  metrics_.events = initial_counters();
}

void PrometheusFile::on(EpochRecord const& record) {
  if (auto const index = view_.index_of(record.coin)) {
    RunMetrics::Coin& coin = metrics_.coins[*index];
    coin.epoch = record.epoch;
    coin.rank = record.rank;
    coin.latest = record;
    ++coin.epochs;
    coin.skipped_updates += record.skipped_updates;
  }
  metrics_.ranks[record.rank] = {record.host_memory_bytes, kind_of(record.device),
                                 flatten_numbers(record.device)};
  metrics_.updated_s = now_s();
  write();
}

void PrometheusFile::on(EventRecord const& record) {
  ++metrics_.events[{to_string(record.event), to_string(record.severity)}];
  auto const index = view_.index_of(record.coin);
  if (index && (record.event == Event::resumed || record.event == Event::rolled_back)) {
    metrics_.coins[*index].rank = record.rank;
    if (auto const epoch = resume_point(record).epoch) metrics_.coins[*index].epoch = epoch;
  }
  metrics_.updated_s = now_s();
  write_if_due();
}

void PrometheusFile::on(ProgressTick const& tick) {
  if (auto const index = view_.index_of(tick.coin)) metrics_.coins[*index].rank = tick.rank;
  metrics_.updated_s = now_s();
  write_if_due();
}

void PrometheusFile::close(RunEnd const& /*end*/) {
  metrics_.is_active = false;
  metrics_.updated_s = now_s();
  write();
}

void PrometheusFile::write_if_due() {
  // The absolute difference, so that the file is still written after the clock was set back.
  if (!tried_s_ || std::abs(now_s() - *tried_s_) >= seconds_between_writes) write();
}

void PrometheusFile::write() {
  tried_s_ = now_s();
  std::string const why = replace_file(file_, prometheus_text(view_, metrics_));
  if (why.empty()) {
    is_failing_ = false;
  } else if (!std::exchange(is_failing_, true)) {
    on_failure_(
        {.severity = Severity::warning,
         .event = Event::prometheus_not_written,
         .message = fmt::format(
             "cannot write '{}' for Prometheus ({}). Is the folder writable, and is there space on the disk? The run continues and tries again",
             file_.string(), why),
         .details = {{"path", file_.string()}}});
  }
}

}  // namespace moneta
