// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop_signal.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/fetch_display.h"
#include "fetch/fetch_candles.h"

namespace moneta {

int fetch_command(ConfigOptions const& options) {
  Config const config = options.load();
  catch_stop_signals();
  double const start_s = steady_clock_s();
  FetchDisplay display(stdout, config.coins.size());
  FetchSummary const summary = fetch_candles(config, stop_requested, display);
  std::printf("%s candles added to '%s' in %s; %zu of %zu coins are complete\n",
              grouped(summary.candles).c_str(), config.data.raw.c_str(),
              duration_text(steady_clock_s() - start_s).c_str(), summary.coins,
              config.coins.size());
  if (summary.stopped) {
    log_info("stopped; the candles above are stored. Start again to continue");
    return exit_stopped;
  }
  return summary.failed > 0 ? static_cast<int>(ErrorKind::data) : 0;
}

}  // namespace moneta
