// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include "base/time.h"
#include "cli/commands.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/json_file.h"
#include "market/synth.h"
#include "market/write_candles.h"

namespace moneta {
namespace {

SynthSettings settings_from(Config const& config) {
  return {config.synth, config.run.seed, config.data.days, config.data.horizon_minutes};
}

}  // namespace

int synth_command(ConfigOptions const& options) {
  Config const config = options.load();
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
  std::printf("No forecast of the log return of the next %lld minutes can reach a higher R2.\n",
              static_cast<long long>(settings.horizon_minutes));
  return 0;
}

}  // namespace moneta
