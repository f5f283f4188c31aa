// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/split_dates.h"
#include "evaluate/metrics.h"

namespace moneta {

enum class WhichCheckpoint { best, last };

/// One coin of an evaluation. Losses are in scaled units, computed with the loss function of the
/// run.
struct CoinEvaluation {
  std::string coin;
  std::string failure;     ///< not empty: the fields below are not set
  std::string checkpoint;  ///< file, relative to the checkpoint folder
  std::int64_t epoch = 0;
  double train_loss = 0;  ///< of the checkpoint's epoch, as recorded
  double valid_loss = 0;  ///< of the checkpoint's epoch, as recorded
  double test_loss = 0;
  double naive_loss = 0;  ///< of the naive forecast on the test split: the log return is 0
  Metrics metrics;        ///< on the test split
  SplitDates dates;       ///< of the samples that the coin was trained, validated and tested on
};

struct Evaluation {
  std::string run;
  WhichCheckpoint which = WhichCheckpoint::best;
  std::vector<CoinEvaluation> coins;
};

/// Predicts the test split of every coin of a run from its best (or last) checkpoint, and writes
/// predictions/<coin>.csv (decision time, close, target, prediction; log returns) and
/// evaluation.json into the folder of the run. A coin without a valid checkpoint or shards is a
/// failure in the result. `shards` replaces the folder of the shards that the run was trained on.
/// Throws Error (data) if `run` is not a run or no coin could be evaluated, Error (disk) if the
/// results cannot be written.
Evaluation evaluate_run(std::filesystem::path const& run, WhichCheckpoint which,
                        std::optional<std::string> const& shards);

}  // namespace moneta
