// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/dates_warning.h"
#include "evaluate/table.h"

namespace moneta {

int evaluate_command(EvaluateOptions const& options) {
  auto const which = options.checkpoint == "best" ? WhichCheckpoint::best : WhichCheckpoint::last;
  auto const shards = options.shards.empty() ? std::nullopt : std::optional(options.shards);
  Evaluation const evaluation = evaluate_run(options.run, which, shards);
  std::printf("%s", evaluation_table(evaluation).c_str());
  std::printf(
      "Losses are in units of the variance of the train targets. The columns from 'naive' on are\n"
      "for the test split. R2 = 1 - error / error of the naive forecast (no change).\n"
      "Written: %s/evaluation.json, %s/predictions/<coin>.csv\n",
      options.run.c_str(), options.run.c_str());
  std::vector<CoinDates> dates;
  for (CoinEvaluation const& each : evaluation.coins) {
    if (each.failure.empty()) dates.push_back({each.coin, each.dates});
  }
  warn_of_different_test_parts(dates);
  bool const all = std::all_of(evaluation.coins.begin(), evaluation.coins.end(),
                               [](CoinEvaluation const& coin) { return coin.failure.empty(); });
  return all ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace moneta
