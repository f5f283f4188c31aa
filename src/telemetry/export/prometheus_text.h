// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/record.h"
#include "telemetry/run_view.h"

namespace moneta {

/// What the metrics of a run contain in addition to its RunView.
struct RunMetrics {
  struct Coin {
    std::optional<std::int64_t> epoch;  ///< epochs done; none before the coin starts or resumes
    /// The rank that trains the coin. Other ranks of its team may also report events of the coin.
    std::optional<std::size_t> rank;
    std::optional<EpochRecord> latest;
    std::int64_t epochs = 0, skipped_updates = 0;  ///< since the start of the run
  };
  struct Rank {
    std::uint64_t host_memory_bytes = 0;
    std::string device_kind;  ///< "gpu" or "cpu"
    std::vector<std::pair<std::string, double>> device;
  };
  /// The names of an event and of its severity.
  using EventKey = std::pair<std::string_view, std::string_view>;

  std::string run;
  std::vector<Coin> coins;  ///< in the order of RunView::coins
  std::map<std::size_t, Rank> ranks;
  std::map<EventKey, std::int64_t> events;  ///< how many occurred since the start of the run
  std::int64_t updated_s = 0;               ///< seconds since 1970-01-01 UTC
  bool is_active = true;
};

/// All metrics of a run in the text format of Prometheus.
std::string prometheus_text(RunView const& view, RunMetrics const& metrics);

}  // namespace moneta
