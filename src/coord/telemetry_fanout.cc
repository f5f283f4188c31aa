// SPDX-License-Identifier: Apache-2.0
#include "coord/telemetry_fanout.h"

#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/stop_signal.h"
#include "run/run_folder.h"
#include "run/status_file.h"
#include "telemetry/alerts/alerts.h"
#include "telemetry/dates_events.h"
#include "telemetry/display/progress.h"
#include "telemetry/display/terminal.h"
#include "telemetry/export/prometheus.h"
#include "telemetry/export/tensorboard.h"
#include "telemetry/logging/run_log.h"
#include "telemetry/monitor/host_reading.h"
#include "telemetry/monitor/run_rules.h"
#include "telemetry/run_view.h"
#include "telemetry/sink.h"

namespace moneta {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_disk_checks{60};

std::string end_message(RunEnd const& end) {
  if (end.by_watchdog) {
    return fmt::format(
        "the run was ended by its watchdog with status {}; when it is started again, it resumes from its latest checkpoints",
        end.exit_status);
  }
  switch (end.state()) {
    case RunState::finished:
      return "the run is finished";
    case RunState::stopped:
      return "the run was stopped and saved, and can be resumed";
    default:
      return fmt::format("the run ended with status {}", end.exit_status);
  }
}

EventRecord run_finished(RunEnd const& end) {
  return {.severity = end.state() == RunState::failed ? Severity::error : Severity::info,
          .event = Event::run_finished,
          .message = end_message(end),
          .details = {{"exit_status", end.exit_status}}};
}

EventRecord best_so_far(EpochRecord const& record) {
  return {.severity = Severity::info,
          .event = Event::best_so_far,
          .message = fmt::format("epoch {} has the best validation loss so far, {:g}", record.epoch,
                                 record.best_valid_loss),
          .coin = record.coin,
          .rank = record.rank,
          .details = {{"epoch", record.epoch}, {"valid_loss", record.best_valid_loss}}};
}

}  // namespace

struct TelemetryFanout::State {
  State(Config const& config, std::size_t ranks, std::function<void(EventRecord)> const& post);
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  /// Status and display report the end before the alerts and the log, which may take seconds.
  ~State() {
    while (!sinks.empty()) sinks.pop_back();
  }

  template <class T, class... Arguments>
  T* add(Arguments&&... arguments) {
    auto sink = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    T* const added = sink.get();
    sinks.push_back(std::move(sink));
    return added;
  }

  template <class Record>
  void pass_on(Record const& record) {
    for (auto const& sink : sinks) sink->on(record);
  }
  void report(EventRecord const& record) {
    view.on(record);
    pass_on(record);
  }
  void report(std::vector<EventRecord> const& records) {
    for (EventRecord const& record : records) report(record);
  }
  void report_dates() {
    if (dates_are_reported) return;
    std::vector<EventRecord> const events = dates_events(view.coins());
    dates_are_reported = !events.empty();
    report(events);
  }

  RunFolder const folder;
  RunView view;
  std::vector<std::unique_ptr<Sink>> sinks;  // in the order in which they receive records
  std::vector<Sink*> closing_order;
  StatusFile* status = nullptr;
  RunRules rules;
  Clock::time_point disk_checked = Clock::now() - between_disk_checks;
  bool dates_are_reported = false, is_closed = false;
};

TelemetryFanout::State::State(Config const& config, std::size_t ranks,
                              std::function<void(EventRecord)> const& post)
    : folder(config),
      view(config.coins, static_cast<std::int64_t>(config.train.epochs), steady_clock_s()) {
  Sink* const log =
      add<RunLog>(folder.log(), LogArchiveSettings{config.log, config.run.name}, post);
  Sink* const alerts = add<Alerts>(AlertSettings{config.alert, config.run.name}, post);
  auto const style = terminal_window(STDOUT_FILENO) ? ProgressStyle::bars : ProgressStyle::lines;
  Sink* const progress = add<Progress>(stdout, view, style);
  status = add<StatusFile>(folder.root / "status.json", config.run.name, ranks, view, post);
  if (config.log.tensorboard) {
    add<TensorBoard>(folder.root / "tensorboard", system_clock_ms, post);
  }
  // Sending the last alerts may take seconds: the archive of the log works meanwhile, and
  // status.json reports the end of the run only afterwards.
  closing_order = {alerts, log};
  if (config.log.prometheus) {
    closing_order.push_back(
        add<PrometheusFile>(folder.root / "metrics.prom", config.run.name, view, post));
  }
  closing_order.push_back(status);
  closing_order.push_back(progress);
}

TelemetryFanout::TelemetryFanout(Config const& config, std::size_t ranks,
                                 std::function<void(EventRecord)> const& post)
    : state_(std::make_unique<State>(config, ranks, post)) {}
TelemetryFanout::~TelemetryFanout() = default;

void TelemetryFanout::on(EpochRecord const& record) {
  state_->view.on(record);
  state_->pass_on(record);
  if (record.best_epoch == record.epoch && record.epoch > 1) state_->report(best_so_far(record));
  state_->report(state_->rules.check(record));
}

void TelemetryFanout::on(EventRecord const& record) {
  state_->report(record);
  if (record.event == Event::coin_failed) state_->report_dates();
}

void TelemetryFanout::on(SplitRecord const& record) {
  state_->view.on(record);
  state_->report_dates();
}

void TelemetryFanout::on(ProgressTick const& tick) {
  state_->view.on(tick, steady_clock_s());
  state_->pass_on(tick);
}

void TelemetryFanout::on(DeviceSample const& sample) {
  state_->view.on(sample);
  state_->pass_on(sample);
}

void TelemetryFanout::tick() {
  if (state_->is_closed) return;
  if (stop_requested()) state_->status->stop();
  for (auto const& sink : state_->sinks) sink->tick();
  auto const now = Clock::now();
  if (now - state_->disk_checked < between_disk_checks) return;
  state_->disk_checked = now;
  if (auto const disk = read_disk(state_->folder.root)) state_->report(state_->rules.check(*disk));
}

void TelemetryFanout::close(RunEnd const& end) {
  if (std::exchange(state_->is_closed, true)) return;
  state_->report(run_finished(end));
  for (Sink* const sink : state_->closing_order) sink->close(end);
}

}  // namespace moneta
