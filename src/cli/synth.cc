// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include "base/log.h"
#include "base/time.h"
#include "cli/commands.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/folder_lock.h"
#include "io/json_file.h"
#include "market/raw_store.h"
#include "market/synth.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

SynthSettings settings_from(Config const& config) {
  return {config.synth, config.run.seed, config.data.days, config.data.horizon_minutes};
}

CandleOrigin origin_of(SynthSettings const& settings) {
  return {"synth",
          fmt::format("seed {}, {} days from {}, signal R2 {}", settings.seed, settings.days,
                      utc_text(settings.start_s), settings.signal_r2),
          "artificial market", "", ""};
}

/// Before there were sidecars, only synthetic.json named the coins that are artificial.
RawCoin open_coin(fs::path const& folder, std::string const& coin) {
  auto without_sidecar = WithoutSidecar::foreign;
  if (fs::path const list = folder / "synthetic.json"; fs::is_regular_file(list)) {
    Json const truth = read_json(list);
    bool const is_listed = truth.is_object() && !truth.contains("version") &&
                           truth.contains("reachable_r2") && truth["reachable_r2"].contains(coin);
    if (is_listed) without_sidecar = WithoutSidecar::artificial;
  }
  return RawCoin(folder, coin, 1, without_sidecar);
}

void commit_if_changed(fs::path const& path, std::string const& text) {
  constexpr std::size_t limit_bytes = std::size_t{64} << 20;
  if (fs::is_regular_file(path) && read_file(path, limit_bytes) == text) return;
  commit_text(path, text);
}

}  // namespace

int synth_command(ConfigOptions const& options) {
  Config const config = options.load();
  SynthSettings const settings = settings_from(config);
  CandleOrigin const origin = origin_of(settings);
  fs::path const folder = config.data.raw;
  auto const lock = lock_if_writable(folder, log_info);
  // No coin is written if another one has real candles.
  for (std::string const& coin : config.coins) open_coin(folder, coin).require_origin(origin);
  std::printf("An artificial market of %lld days from %s in '%s'\n",
              static_cast<long long>(settings.days), utc_text(settings.start_s).c_str(),
              folder.c_str());
  std::printf("%-12s  %9s  %14s\n", "coin", "candles", "reachable R2");
  Json truth = {{"horizon_minutes", settings.horizon_minutes}, {"reachable_r2", Json::object()}};
  for (std::string const& coin : config.coins) {
    SyntheticCoin const made = make_synthetic_coin(settings, coin);
    RawCoin stored = open_coin(folder, coin);
    stored.replace_all(made.candles, origin);
    bool const is_new = stored.write();
    std::printf("%-12s  %9zu  %14.4f%s\n", coin.c_str(), made.candles.size(), made.reachable_r2,
                is_new ? "" : "  unchanged");
    std::fflush(stdout);
    truth["reachable_r2"][coin] = made.reachable_r2;
  }
  truth["version"] = 2;  // all candles have sidecars
  commit_if_changed(folder / "synthetic.json", truth.dump(2) + "\n");
  std::printf("No forecast of the log return of the next %lld minutes can reach a higher R2.\n",
              static_cast<long long>(settings.horizon_minutes));
  return 0;
}

}  // namespace moneta
