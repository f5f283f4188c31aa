// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/event.h"
#include "base/json.h"
#include "base/split_dates.h"

namespace moneta {

/// The summary of one coin's epoch, a line of the epoch log. Losses are in scaled units (for mse, 1
/// is the variance of the train targets). The JSON keys are the member names.
struct EpochRecord {
  std::string coin;
  std::size_t rank = 0;
  std::int64_t epoch = 0, epochs = 0;  ///< this epoch, from 1, and the planned number
  std::int64_t update = 0;
  double train_loss = 0, valid_loss = 0, best_valid_loss = 0;
  std::int64_t best_epoch = 0;
  bool finished = false;  ///< this was the coin's last epoch
  double learning_rate = 0;
  double gradient_norm_mean = 0, gradient_norm_max = 0;
  std::int64_t skipped_updates = 0;
  double train_seconds = 0, valid_seconds = 0;
  double sequences_per_second = 0;
  double wait_seconds = 0;              ///< during which the device waited for data
  std::uint64_t host_memory_bytes = 0;  ///< resident memory of the rank
  Json device = Json::object();         ///< DeviceMonitor::take_summary of this epoch
};

/// Something that happened, a line of the event log.
struct EventRecord {
  Severity severity = Severity::info;
  Event event = Event::run_started;
  std::string message = {};  ///< human-readable
  std::string coin = {};     ///< empty if the event concerns the whole run
  std::size_t rank = 0;
  Json details = Json::object();
};

/// True for a warning, an error, and an event that its table row marks for the terminal.
inline bool is_on_terminal(EventRecord const& record) {
  return record.severity != Severity::info || info(record.event).on_terminal;
}

/// Where a coin continues after one of the events `resumed` and `rolled_back`.
struct ResumePoint {
  std::optional<std::int64_t> epoch;  ///< epochs done
  bool finished = false;              ///< nothing is left to train
};

/// Reads the details of such an event. Details that are missing or of another type are ignored.
ResumePoint resume_point(EventRecord const& record);

/// When the parts of a coin begin and end; posted when the coin is loaded.
struct SplitRecord {
  std::string coin;
  std::size_t rank = 0;
  SplitDates dates;
};

/// How far a coin is in its current epoch; posted a few times a second at most.
struct ProgressTick {
  std::string coin;
  std::size_t rank = 0;
  std::int64_t epoch = 0;  ///< the current one, from 1
  double fraction = 0;     ///< of the epoch, 0 to 1
  double train_loss = 0;   ///< mean of the epoch so far
  double sequences_per_second = 0;
};

/// What a rank's device, or its host if there is no GPU, reported last.
struct DeviceSample {
  std::size_t rank = 0;
  Json reading = Json::object();  ///< an empty object if the device reports nothing
};

/// Records as JSON and back. A number that is not finite becomes null, and null becomes NaN. The
/// readers throw Error (internal) if the JSON is not such a record; an epoch record may lack
/// `device`, as those of earlier versions do.
Json to_json(EpochRecord const& record);
Json to_json(EventRecord const& record);
Json to_json(ProgressTick const& tick);
Json to_json(DeviceSample const& sample);
Json to_json(SplitRecord const& record);
EpochRecord epoch_record_from(Json const& json);
EventRecord event_record_from(Json const& json);
ProgressTick progress_tick_from(Json const& json);
DeviceSample device_sample_from(Json const& json);
SplitRecord split_record_from(Json const& json);

}  // namespace moneta
