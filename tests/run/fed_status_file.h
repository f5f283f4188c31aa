// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "run/status_file.h"
#include "telemetry/fed_sink.h"

namespace moneta {

/// The run whose status a test writes.
struct TestedRun {
  std::vector<std::string> coins;
  std::int64_t epochs = 1;
  std::size_t ranks = 1;
};

/// The StatusFile of a run named "demo", with its view.
inline FedSink<StatusFile> fed_status_file(
    std::filesystem::path const& path, TestedRun const& run,
    std::function<void(EventRecord)> const& on_failure = [](EventRecord const&) {},
    ClockMs const& clock_ms = system_clock_ms,
    std::function<double()> const& clock_s = steady_clock_s) {
  return FedSink<StatusFile>(run.coins, run.epochs, clock_s, [&](RunView const& view) {
    return StatusFile(path, "demo", run.ranks, view, on_failure, clock_ms, clock_s);
  });
}

/// An end of a run in this state: `stopped`, `finished` or `failed`.
inline RunEnd end_in(RunState state) {
  if (state == RunState::finished) return {};
  return {.exit_status =
              state == RunState::stopped ? exit_stopped : static_cast<int>(ErrorKind::training)};
}

}  // namespace moneta
