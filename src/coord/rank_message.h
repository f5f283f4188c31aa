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

/// A rank begins a stage of its start, named as in "while it <stage>", or the training if empty.
struct RankStage {
  std::string stage;
};

/// A message from a rank to rank 0.
using RankMessage = std::variant<EpochRecord, EventRecord, ProgressTick, DeviceSample, SplitRecord,
                                 SavedCheckpoint, RankFinished, RankStage>;

/// A message as the text that the mailbox transports.
std::string to_text(RankMessage const& message);

/// The inverse. Throws Error (internal) if the text is not such a message.
RankMessage rank_message_from(std::string const& text);

}  // namespace moneta
