// SPDX-License-Identifier: Apache-2.0
#include "data/prepare.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "cli/commands.h"
#include "data/quality_table.h"

namespace moneta {
namespace {

/// Each month needs the same memory again. The system would clear it every time that it is given
/// back and requested, which takes a tenth of the time of a preparation.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 12 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
}

void print_month(PreparedMonth const& month) {
  std::printf("%-12s %s  %8zu samples  %9zu rows%s\n", month.coin.c_str(), month.month.c_str(),
              month.samples, month.rows, month.unchanged ? "  unchanged" : "");
  std::fflush(stdout);
}

PrepareOptions options_from(PrepareCommandOptions const& options) {
  PrepareOptions prepare;
  if (options.replace) prepare.on_other_shards = OnOtherShards::replace;
  prepare.is_subset =
      std::any_of(options.overrides.begin(), options.overrides.end(),
                  [](std::string const& setting) { return setting.starts_with("coins="); });
  prepare.on_wait = log_info;
  return prepare;
}

}  // namespace

int prepare_command(PrepareCommandOptions const& options) {
  keep_freed_memory();
  Config const config = options.load();
  auto const start = std::chrono::steady_clock::now();
  std::printf("Raw candles in '%s' -> shards in '%s'\n", config.data.raw.c_str(),
              config.data.shards.c_str());
  PrepareSummary const summary = prepare_shards(config, print_month, options_from(options));
  std::chrono::duration<double> const seconds = std::chrono::steady_clock::now() - start;
  std::printf("%s", quality_table(summary.coins).c_str());
  std::printf("%zu shards written, %zu unchanged, %zu removed: %zu samples, %zu rows in %s\n",
              summary.written, summary.unchanged, summary.removed, summary.samples, summary.rows,
              duration_text(seconds.count()).c_str());
  std::printf("%zu of %zu minutes had no trade and were filled; %zu bad rows were skipped\n",
              summary.filled_minutes, summary.minutes, summary.skipped_rows);
  std::fflush(stdout);
  for (auto const& warning : summary.warnings) log_warning(warning);
  for (auto const& warning : quality_warnings(summary.coins)) log_warning(warning);
  auto const failures = quality_failures(summary.coins);
  for (auto const& failure : failures) log_error(failure);
  return failures.empty() ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace moneta
