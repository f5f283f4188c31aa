// SPDX-License-Identifier: Apache-2.0
// One day of the epoch log, plain or compressed.
#include "telemetry/logging/log_history.h"

#include "fuzz/target.h"
#include "support/scratch_folder.h"
#include "telemetry/display/render_progress.h"
#include "telemetry/run_view.h"

namespace moneta::fuzz {

void try_bytes(std::string_view bytes) {
  bool const gzip = bytes.starts_with("\x1f\x8b");
  for (char const* const name : {"epochs-2026-11-25.jsonl", "epochs-2026-11-25.jsonl.gz"}) {
    std::filesystem::remove(scratch() / name);
  }
  write_bytes(scratch() / (gzip ? "epochs-2026-11-25.jsonl.gz" : "epochs-2026-11-25.jsonl"), bytes);
  EpochHistory const history = read_epoch_history(scratch());
  std::vector<std::string> coins;
  for (EpochRecord const& record : history.epochs) coins.push_back(record.coin);
  RunView view(coins, 200, 0);
  for (EpochRecord const& record : history.epochs) view.on(record);
  for (std::string const& line : render_progress(view, 60, {100, 20, true})) expect_printable(line);
}

}  // namespace moneta::fuzz
