// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/run_log.h"

#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "telemetry/logging/log_channel.h"
#include "telemetry/logging/log_line.h"
#include "telemetry/logging/not_finite.h"

namespace moneta {
namespace {

std::filesystem::path const& created(std::filesystem::path const& folder) {
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  MONETA_REQUIRE(
      std::filesystem::is_directory(folder), disk,
      "cannot create the folder '{}' for the log ({}). Is the folder that contains it writable?",
      folder.string(), status.message());
  return folder;
}

DailyFileHooks hooks_of(LogArchive& archive, std::string const& kind) {
  return {[&archive, kind](auto const& name) { archive.now_writes(kind, name); },
          [&archive] { archive.wake(); }};
}

}  // namespace

struct RunLog::State {
  State(std::filesystem::path const& folder, LogArchiveSettings const& settings,
        std::function<void(EventRecord)> const& reporter)
      : clock(settings.clock),
        report(reporter),
        archive(created(folder), settings, reporter),
        epochs(folder, "epochs", clock, hooks_of(archive, "epochs")),
        events(folder, "events", clock, hooks_of(archive, "events")) {}

  void write(LogChannel& channel, std::string const& line) const {
    channel.write(line);
    if (auto failure = channel.take_failure()) {
      report({.severity = Severity::warning,
              .event = Event::log_not_written,
              .message = std::move(*failure)});
    }
  }

  ClockMs const clock;
  std::function<void(EventRecord)> const report;
  NotFiniteRule not_finite;
  LogArchive archive;
  LogChannel epochs, events;
};

RunLog::RunLog(std::filesystem::path const& folder, LogArchiveSettings const& settings,
               std::function<void(EventRecord)> report) {
  if (!report) report = [this](EventRecord const& record) { on(record); };
  state_ = std::make_unique<State>(folder, settings, report);
  state_->archive.wake();
}

RunLog::~RunLog() { state_->archive.stop(); }

void RunLog::on(EpochRecord const& record) {
  state_->write(state_->epochs, epoch_log_line(record, state_->clock()));
  if (auto event = state_->not_finite.event_for(record)) state_->report(std::move(*event));
}

void RunLog::on(EventRecord const& record) {
  state_->write(state_->events, event_log_line(record, state_->clock()));
}

void RunLog::close(RunEnd const& /*end*/) { state_->archive.stop(); }

std::size_t RunLog::lost_lines() const {
  return state_->epochs.lost_lines() + state_->events.lost_lines();
}

void RunLog::drain_archive() { state_->archive.drain(); }

}  // namespace moneta
