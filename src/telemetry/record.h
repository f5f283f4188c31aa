// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/json.h"

namespace moneta {

/// One line of the epoch log: a coin has finished an epoch. Losses in scaled units (1 = the
/// variance of the train targets for mse). JSON keys are the member names.
struct EpochRecord {
  std::string coin;
  std::size_t rank = 0;
  std::int64_t epoch = 0, epochs = 0;  ///< counts from 1
  std::int64_t update = 0;
  double train_loss = 0, valid_loss = 0, best_valid_loss = 0;
  std::int64_t best_epoch = 0;
  bool finished = false;  ///< the last epoch of this coin
  double learning_rate = 0;
  double gradient_norm_mean = 0, gradient_norm_max = 0;
  std::int64_t skipped_updates = 0;
  double train_seconds = 0, valid_seconds = 0;
  double sequences_per_second = 0;
  double wait_seconds = 0;              ///< the device waited for data
  std::uint64_t host_memory_bytes = 0;  ///< resident memory of the rank
  Json device = Json::object();         ///< the epoch as DeviceMonitor::take_summary tells it
};

enum class Severity { info, warning, error };
char const* to_string(Severity severity);

/// One line of the event log.
struct EventRecord {
  Severity severity = Severity::info;
  std::string action;   ///< "model_saved", "coin_failed", "resumed", ...: ECS event.action
  std::string message;  ///< for people
  std::string coin;     ///< empty: the run
  std::size_t rank = 0;
  Json details = Json::object();
};

/// Where a coin stands inside its epoch; posted a few times a second at most.
struct ProgressTick {
  std::string coin;
  std::size_t rank = 0;
  std::int64_t epoch = 0;  ///< the one that runs, from 1
  double fraction = 0;     ///< of that epoch, 0 ... 1
  double train_loss = 0;   ///< so far in this epoch
  double sequences_per_second = 0;
};

/// Non-finite numbers become null, and null becomes NaN. The way back throws Error (internal) for
/// what is no such record; an epoch without `device` is one of an earlier version.
Json to_json(EpochRecord const& record);
Json to_json(EventRecord const& record);
Json to_json(ProgressTick const& tick);
EpochRecord epoch_record_from(Json const& json);
EventRecord event_record_from(Json const& json);
ProgressTick progress_tick_from(Json const& json);

}  // namespace moneta
