// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluate/metrics.h"

namespace moneta {

enum class WhichCheckpoint { best, last };

/// One coin of an evaluation.
struct CoinEvaluation {
  std::string coin;
  std::string failure;     ///< not empty: the rest is not there
  std::string checkpoint;  ///< file, relative to the checkpoint folder
  std::int64_t epoch = 0;
  double train_loss = 0;      ///< as the checkpoint says, scaled units
  double valid_loss = 0;      ///< of that epoch
  double test_loss = 0;       ///< scaled units, the run's loss function
  double no_change_loss = 0;  ///< the same for the forecast 0
  Metrics metrics;            ///< on the test split
};

struct Evaluation {
  std::string run;
  WhichCheckpoint which = WhichCheckpoint::best;
  std::vector<CoinEvaluation> coins;
};

/// Predicts the test split of every coin of a run from its best (or last) checkpoint, writes
/// predictions/<coin>.csv (decision time, close, target, prediction; log returns) and
/// evaluation.json into the run's folder. A coin without a sound checkpoint or shards is a failure
/// in the result. Throws Error (data) if `run` is not a run or no coin could be evaluated, Error
/// (disk) if the results cannot be written. `shards` replaces the folder of shards that the run was
/// trained on.
Evaluation evaluate_run(std::filesystem::path const& run, WhichCheckpoint which,
                        std::optional<std::string> const& shards);

/// The evaluation as a table for people.
std::string evaluation_table(Evaluation const& evaluation);

}  // namespace moneta
