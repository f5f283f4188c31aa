// SPDX-License-Identifier: Apache-2.0
#include "coord/telemetry_fanout.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/stop_signal.h"
#include "run/run_folder.h"
#include "run/status_file.h"
#include "telemetry/alerts/alerts.h"
#include "telemetry/display/progress.h"
#include "telemetry/display/terminal.h"
#include "telemetry/export/prometheus.h"
#include "telemetry/export/tensorboard.h"
#include "telemetry/logging/run_log.h"
#include "telemetry/monitor/run_rules.h"

namespace moneta {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_looks_at_the_disk{60};

std::int64_t now_s() { return system_clock_ms() / 1000; }

LogArchiveSettings archive_settings(Config const& config) {
  LogArchiveSettings settings;
  settings.keep_days = config.log.keep_days;
  settings.compress = config.log.compress;
  if (config.log.backup_folder) settings.backup_folder = *config.log.backup_folder;
  settings.run_name = config.run.name;
  return settings;
}

AlertSettings alert_settings(Config const& config) {
  AlertSettings settings;
  settings.run = config.run.name;
  settings.webhook_url = config.alert.webhook_url;
  settings.webhook_template = config.alert.webhook_template;
  settings.command = config.alert.command;
  settings.events = config.alert.events;
  return settings;
}

RunState state_after(int exit_status, RunEnd how) {
  if (how == RunEnd::by_watchdog) return RunState::failed;
  if (exit_status == 0) return RunState::finished;
  return exit_status == exit_stopped ? RunState::stopped : RunState::failed;
}

EventRecord end_of_run(int exit_status, RunEnd how) {
  RunState const state = state_after(exit_status, how);
  EventRecord end{state == RunState::failed ? Severity::error : Severity::info,
                  "run_finished",
                  "",
                  "",
                  0,
                  {{"exit_status", exit_status}}};
  if (how == RunEnd::by_watchdog) {
    end.message = fmt::format(
        "the run was ended by its watchdog with status {}; it goes on from its latest checkpoints",
        exit_status);
  } else if (state == RunState::finished) {
    end.message = "the run is finished";
  } else if (state == RunState::stopped) {
    end.message = "the run was stopped, saved, and can go on";
  } else {
    end.message = fmt::format("the run ended with status {}", exit_status);
  }
  return end;
}

}  // namespace

struct TelemetryFanout::State {
  State(Config const& settings, std::size_t ranks, std::function<void(EventRecord)> const& later)
      : folder(settings),
        log(folder.log(), archive_settings(settings), later),
        alerts(alert_settings(settings), later),
        progress(stdout, settings.coins, epochs_of(settings),
                 terminal_window(STDOUT_FILENO).has_value()),
        status(folder.root / "status.json",
               {settings.run.name, settings.coins, epochs_of(settings), ranks}, later) {
    if (settings.log.tensorboard) {
      tensorboard.emplace(folder.root / "tensorboard", system_clock_ms, later);
    }
    if (settings.log.prometheus) {
      prometheus.emplace(folder.root / "metrics.prom", settings.run.name, settings.coins,
                         epochs_of(settings), later);
    }
  }
  static std::int64_t epochs_of(Config const& config) {
    return static_cast<std::int64_t>(config.train.epochs);
  }

  void tell(EventRecord const& record) {
    log.write(record);
    alerts.take(record);
    progress.show(record);
    status.take(record);
    if (tensorboard) tensorboard->write(record);
    if (prometheus) prometheus->take(record, now_s());
  }
  void tell(std::vector<EventRecord> const& records) {
    for (EventRecord const& record : records) tell(record);
  }

  RunFolder const folder;
  RunLog log;
  Alerts alerts;
  Progress progress;
  StatusFile status;
  std::optional<TensorBoard> tensorboard;
  std::optional<PrometheusFile> prometheus;
  RunRules watch;
  Clock::time_point looked_at_the_disk = Clock::now() - between_looks_at_the_disk;
  bool closed = false;
};

TelemetryFanout::TelemetryFanout(Config const& config, std::size_t ranks,
                                 std::function<void(EventRecord)> later)
    : state_(std::make_unique<State>(config, ranks, later)) {}
TelemetryFanout::~TelemetryFanout() = default;

void TelemetryFanout::take(EpochRecord const& record) {
  state_->log.write(record);
  state_->progress.show(record);
  state_->status.take(record);
  if (state_->tensorboard) state_->tensorboard->write(record);
  if (state_->prometheus) state_->prometheus->take(record, now_s());
  if (record.best_epoch == record.epoch && record.epoch > 1) {
    state_->tell(EventRecord{Severity::info,
                             "best_so_far",
                             fmt::format("epoch {} has the best validation loss so far, {:g}",
                                         record.epoch, record.best_valid_loss),
                             record.coin,
                             record.rank,
                             {{"epoch", record.epoch}, {"valid_loss", record.best_valid_loss}}});
  }
  state_->tell(state_->watch.see(record));
}

void TelemetryFanout::take(EventRecord const& record) { state_->tell(record); }

void TelemetryFanout::take(ProgressTick const& tick) {
  state_->progress.show(tick);
  state_->status.take(tick);
  if (state_->prometheus) state_->prometheus->take(tick, now_s());
}

void TelemetryFanout::take(DeviceSample const& report) {
  state_->progress.show_reading(report.rank, report.reading);
  state_->status.take_reading(report.rank, report.reading);
}

void TelemetryFanout::tick() {
  if (stop_requested()) state_->status.stop();
  state_->status.tick();
  auto const now = Clock::now();
  if (now - state_->looked_at_the_disk < between_looks_at_the_disk) return;
  state_->looked_at_the_disk = now;
  if (auto const disk = read_disk(state_->folder.root)) state_->tell(state_->watch.see(*disk));
}

void TelemetryFanout::close(int exit_status, RunEnd how) {
  if (std::exchange(state_->closed, true)) return;
  state_->tell(end_of_run(exit_status, how));
  state_->alerts.close();
  state_->log.stop_archive();
  if (state_->prometheus) state_->prometheus->close(now_s());
  state_->status.close(state_after(exit_status, how));
  state_->progress.close();
}

}  // namespace moneta
