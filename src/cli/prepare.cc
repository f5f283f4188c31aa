// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "base/time.h"
#include "cli/commands.h"
#include "data/prepare.h"

namespace moneta {
namespace {

int prepare(Config const& config) {
  auto const start = std::chrono::steady_clock::now();
  std::printf("Raw candles in '%s' -> shards in '%s'\n", config.data.raw.c_str(),
              config.data.shards.c_str());
  PrepareSummary const summary = prepare_shards(config, [](PreparedMonth const& month) {
    std::printf("%-12s %s  %8zu samples  %9zu rows%s\n", month.coin.c_str(), month.month.c_str(),
                month.samples, month.rows, month.unchanged ? "  unchanged" : "");
    std::fflush(stdout);
  });
  std::chrono::duration<double> const seconds = std::chrono::steady_clock::now() - start;
  std::printf("%zu shards written, %zu unchanged, %zu removed: %zu samples, %zu rows in %s\n",
              summary.written, summary.unchanged, summary.removed, summary.samples, summary.rows,
              duration_text(seconds.count()).c_str());
  std::printf("%zu of %zu minutes had no trade and were filled; %zu bad rows skipped\n",
              summary.filled_minutes, summary.minutes, summary.skipped_rows);
  return 0;
}

}  // namespace

void add_prepare(CLI::App& program, Command& chosen) {
  CLI::App* const command = program.add_subcommand(
      "prepare", "raw candles -> 23 features -> HDF5 sequence shards (only what has changed)");
  command->footer("Example:\n  moneta prepare configs/upbit8.yaml data.days=90");
  auto const arguments = std::make_shared<ConfigArguments>();
  add_config_arguments(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return prepare(arguments->load()); }; });
}

}  // namespace moneta
