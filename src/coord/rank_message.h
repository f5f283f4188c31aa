// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>

#include "checkpoint/checkpoint.h"
#include "telemetry/record.h"

namespace moneta {

/// A rank has nothing left to do.
struct RankFinished {
  int exit_status = 0;
};

/// What a rank's device looks like now: the GPU's reading, or the machine's.
struct DeviceSample {
  std::size_t rank = 0;
  Json reading = Json::object();
};

/// What a rank tells rank 0.
using RankMessage = std::variant<EpochRecord, EventRecord, ProgressTick, SavedCheckpoint,
                                 RankFinished, DeviceSample>;

/// A report as the text that goes through the mailbox, and back.
std::string to_text(RankMessage const& report);
RankMessage rank_message_from(std::string const& text);

}  // namespace moneta
