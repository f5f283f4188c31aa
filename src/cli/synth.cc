// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/time.h"
#include "cli/commands.h"
#include "io/commit_file.h"
#include "io/json_file.h"
#include "market/synth.h"
#include "market/write_candles.h"

namespace moneta {
namespace {

SynthSettings settings_from(Config const& config) {
  SynthSettings settings;
  settings.seed = config.run.seed;
  settings.start_s = config.synth.start_s;
  settings.days = config.data.days;
  settings.horizon_minutes = config.data.horizon_minutes;
  settings.signal_r2 = config.synth.signal_r2;
  settings.empty_fraction = config.synth.empty_fraction;
  settings.correlation = config.synth.correlation;
  return settings;
}

int synth(Config const& config) {
  SynthSettings const settings = settings_from(config);
  std::filesystem::path const folder = config.data.raw;
  create_folder(folder);
  std::printf("An artificial market of %lld days from %s in '%s'\n",
              static_cast<long long>(settings.days), utc_text(settings.start_s).c_str(),
              folder.c_str());
  std::printf("%-12s  %9s  %14s\n", "coin", "candles", "reachable R2");
  Json truth = {{"horizon_minutes", settings.horizon_minutes}, {"reachable_r2", Json::object()}};
  for (std::string const& coin : config.coins) {
    SyntheticCoin const made = make_synthetic_coin(settings, coin);
    write_candles(folder / (coin + ".csv.gz"), made.candles);
    std::printf("%-12s  %9zu  %14.4f\n", coin.c_str(), made.candles.size(), made.reachable_r2);
    std::fflush(stdout);
    truth["reachable_r2"][coin] = made.reachable_r2;
  }
  commit_text(folder / "synthetic.json", truth.dump(2) + "\n");
  std::printf("No forecast can explain more of the next %lld minutes' log return than that.\n",
              static_cast<long long>(settings.horizon_minutes));
  return 0;
}

}  // namespace

void add_synth(CLI::App& program, Command& chosen) {
  CLI::App* const command = program.add_subcommand(
      "synth", "write an artificial market (raw candles with a planted, learnable signal)");
  command->footer("Example:\n  moneta synth configs/quickstart.yaml synth.signal_r2=0.2");
  auto const arguments = std::make_shared<ConfigArguments>();
  add_config_arguments(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return synth(arguments->load()); }; });
}

}  // namespace moneta
