// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "cli/commands.h"

namespace moneta {
namespace {

struct EvaluateArguments {
  std::string run;
  std::string checkpoint = "best";
  std::string shards;
};

int evaluate(EvaluateArguments const& arguments) {
  auto const which = arguments.checkpoint == "best" ? WhichCheckpoint::best : WhichCheckpoint::last;
  auto const shards =
      arguments.shards.empty() ? std::nullopt : std::optional<std::string>(arguments.shards);
  Evaluation const evaluation = evaluate_run(arguments.run, which, shards);
  std::printf("%s", evaluation_table(evaluation).c_str());
  std::printf(
      "Losses in units of the train targets' variance; the last columns are of the test split.\n"
      "R2 = 1 - error / error of the forecast 'no change'. Written: %s/evaluation.json, "
      "%s/predictions/<coin>.csv\n",
      arguments.run.c_str(), arguments.run.c_str());
  bool const all = std::all_of(evaluation.coins.begin(), evaluation.coins.end(),
                               [](CoinEvaluation const& coin) { return coin.failure.empty(); });
  return all ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace

void add_evaluate(CLI::App& program, Command& chosen) {
  CLI::App* const command =
      program.add_subcommand("evaluate", "metrics of a run on the test split, and its predictions");
  command->footer("Example:\n  moneta evaluate runs/upbit8 --checkpoint last");
  auto const arguments = std::make_shared<EvaluateArguments>();
  command->add_option("RUN", arguments->run, "folder of a run, for example runs/upbit8")
      ->required();
  command
      ->add_option("--checkpoint", arguments->checkpoint,
                   "best (lowest validation loss) or last; best unless told")
      ->check(CLI::IsMember({"best", "last"}));
  command->add_option("--shards", arguments->shards,
                      "where the shards lie now, if not where the run found them");
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return evaluate(*arguments); }; });
}

}  // namespace moneta
