// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/prometheus.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "io/replace_file.h"
#include "telemetry/export/flatten_numbers.h"

namespace moneta {
namespace {

constexpr std::int64_t seconds_between_writes = 10;

/// Prometheus sees that a counter grows only if it has seen it before: these start at 0. All that
/// the rules in configs/monitoring look for is here.
constexpr std::pair<char const*, Severity> expected_events[] = {
    {"checkpoint_rejected", Severity::warning},
    {"coin_failed", Severity::error},
    {"disk_low", Severity::error},
    {"disk_low", Severity::warning},
    {"gpu_lost", Severity::error},
    {"hot", Severity::warning},
    {"index_not_written", Severity::error},
    {"out_of_memory", Severity::warning},
    {"power_limit", Severity::warning},
    {"rolled_back", Severity::warning},
    {"run_failed", Severity::error},
    {"save_failed", Severity::error},
    {"slow", Severity::warning},
    {"stalled", Severity::error},
    {"throttled", Severity::warning},
    {"update_skipped", Severity::warning},
    {"watchdog", Severity::error},
};

std::string kind_of(Json const& device) {
  bool const is_cpu = device.is_object() && device.contains("kind") && device["kind"] == "cpu";
  return is_cpu ? "cpu" : "gpu";
}

}  // namespace

PrometheusFile::PrometheusFile(std::filesystem::path file, std::string run,
                               std::vector<std::string> const& coins, std::int64_t epochs,
                               std::function<void(EventRecord const&)> on_failure)
    : file_(std::move(file)),
      run_(std::move(run)),
      epochs_(epochs),
      on_failure_(std::move(on_failure)) {
  for (std::string const& name : coins) coin(name);
  for (auto const& [action, severity] : expected_events) events_[{action, to_string(severity)}] = 0;
}

void PrometheusFile::take(EpochRecord const& record, std::int64_t now_s) {
  Coin& of = coin(record.coin);
  set_running(of, record.rank);
  if (record.finished) of.phase = Phase::finished;
  of.epoch = record.epoch;
  of.record = record;
  ++of.epochs_total;
  of.skipped_total += record.skipped_updates;
  ranks_[record.rank] = {record.host_memory_bytes, kind_of(record.device),
                         flatten_numbers(record.device)};
  updated_s_ = now_s;
  write(now_s);
}

void PrometheusFile::take(EventRecord const& record, std::int64_t now_s) {
  ++events_[{record.action, to_string(record.severity)}];
  if (!record.coin.empty()) take_event(coin(record.coin), record);
  updated_s_ = now_s;
  write_if_due(now_s);
}

void PrometheusFile::take_event(Coin& of, EventRecord const& record) {
  if (record.action == "coin_failed") of.phase = Phase::failed;
  if (record.action == "early_stop") of.phase = Phase::finished;
  if (record.action != "resumed" && record.action != "rolled_back") return;
  of.rank = record.rank;  // these come from the rank that trains the coin; others need not
  if (!record.details.is_object()) return;
  auto const epoch = record.details.find("epoch");
  auto const finished = record.details.find("finished");
  if (epoch != record.details.end() && epoch->is_number_integer()) {
    of.epoch = epoch->get<std::int64_t>();
  }
  if (finished != record.details.end() && *finished == true) of.phase = Phase::finished;
}

void PrometheusFile::take(ProgressTick const& tick, std::int64_t now_s) {
  set_running(coin(tick.coin), tick.rank);
  updated_s_ = now_s;
  write_if_due(now_s);
}

void PrometheusFile::close(std::int64_t now_s) {
  active_ = false;
  updated_s_ = now_s;
  for (Coin& each : coins_) {
    if (each.phase == Phase::running) each.phase = Phase::waiting;
  }
  write(now_s);
}

PrometheusFile::Coin& PrometheusFile::coin(std::string const& name) {
  auto const found = std::find_if(coins_.begin(), coins_.end(),
                                  [&](Coin const& each) { return each.name == name; });
  if (found != coins_.end()) return *found;
  coins_.emplace_back().name = name;
  return coins_.back();
}

/// A rank trains one coin at a time: the one that reported last.
void PrometheusFile::set_running(Coin& coin, std::size_t rank) {
  coin.rank = rank;
  if (coin.phase == Phase::finished || coin.phase == Phase::failed) return;
  for (Coin& each : coins_) {
    if (each.rank == rank && each.phase == Phase::running) each.phase = Phase::waiting;
  }
  coin.phase = Phase::running;
}

void PrometheusFile::write_if_due(std::int64_t now_s) {
  // A clock that was set back must not keep the file old.
  if (!tried_s_ || std::abs(now_s - *tried_s_) >= seconds_between_writes) write(now_s);
}

void PrometheusFile::write(std::int64_t now_s) {
  tried_s_ = now_s;
  std::string const why = replace_file(file_, text());
  if (why.empty()) {
    failing_ = false;
  } else if (!std::exchange(failing_, true)) {
    on_failure_(
        {Severity::warning,
         "prometheus_not_written",
         fmt::format(
             "cannot write '{}' for Prometheus ({}). Is the folder writable, and the disk not full? The run goes on and tries again",
             file_.string(), why),
         "",
         0,
         {{"path", file_.string()}}});
  }
}

}  // namespace moneta
