// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "telemetry/epoch_record.h"
#include "telemetry/export/prometheus_text.h"

namespace moneta {
namespace {

/// Every metric as it has been written since the first release that had it, with the numbers of a
/// GPU. A line may be added here, but none may change: see prometheus_text.cc.
std::vector<std::string> const pinned = {
    "# HELP moneta_run_active 1 while the run is active, 0 once it has ended cleanly; it stays 1 after a crash.",
    "# TYPE moneta_run_active gauge",
    "# HELP moneta_last_update_timestamp_seconds When a rank last reported something, Unix time.",
    "# TYPE moneta_last_update_timestamp_seconds gauge",
    "# HELP moneta_epochs_planned Epochs of each coin, at most.",
    "# TYPE moneta_epochs_planned gauge",
    "# HELP moneta_events_total Events of the event log since the run was last started.",
    "# TYPE moneta_events_total counter",
    "# HELP moneta_coin_state 1 for the state a coin is in: running, waiting for its turn, finished or failed.",
    "# TYPE moneta_coin_state gauge",
    "# HELP moneta_epochs_total Epochs that were trained since the run was last started.",
    "# TYPE moneta_epochs_total counter",
    "# HELP moneta_skipped_updates_total Updates that were skipped for a gradient that was not finite, in the epochs since the run was last started.",
    "# TYPE moneta_skipped_updates_total counter",
    "# HELP moneta_epoch Total epochs that the coin has completed.",
    "# TYPE moneta_epoch gauge",
    "# HELP moneta_loss Losses of the latest epoch, in variances of the target for mse.",
    "# TYPE moneta_loss gauge",
    "# HELP moneta_best_epoch The epoch with the smallest validation loss.",
    "# TYPE moneta_best_epoch gauge",
    "# HELP moneta_sequences_per_second Speed of training in the latest epoch.",
    "# TYPE moneta_sequences_per_second gauge",
    "# HELP moneta_epoch_seconds What the latest epoch took: training (with wait, the time without data) and validation.",
    "# TYPE moneta_epoch_seconds gauge",
    "# HELP moneta_learning_rate Learning rate at the end of the latest epoch.",
    "# TYPE moneta_learning_rate gauge",
    "# HELP moneta_gradient_norm Norm of the gradient before clipping, over the latest epoch.",
    "# TYPE moneta_gradient_norm gauge",
    "# HELP moneta_host_memory_bytes Resident memory of a rank.",
    "# TYPE moneta_host_memory_bytes gauge",
    "# HELP moneta_gpu_memory_max_bytes 'memory_max_bytes' of a rank's device in the epoch log, over its latest epoch.",
    "# TYPE moneta_gpu_memory_max_bytes gauge",
    "# HELP moneta_gpu_temperature_max_celsius 'temperature_max_c' of a rank's device in the epoch log, over its latest epoch.",
    "# TYPE moneta_gpu_temperature_max_celsius gauge",
};

TEST(MetricHelp, IsTheSameInEveryVersion) {
  RunView const view({"KRW-BTC"}, 200, 0);
  RunMetrics metrics;
  metrics.coins.resize(1);
  metrics.coins[0].latest = numbered_record("KRW-BTC", 1);
  metrics.ranks[0].device_kind = "gpu";
  metrics.ranks[0].device = {{"memory_max_bytes", 1}, {"temperature_max_c", 2}};
  std::istringstream text(prometheus_text(view, metrics));
  std::vector<std::string> written;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) written.push_back(line);
  }
  EXPECT_EQ(written, pinned);
}

}  // namespace
}  // namespace moneta
