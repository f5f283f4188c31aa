// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "telemetry/export/prometheus_text.h"
#include "telemetry/sink.h"

namespace moneta {

/// Writes the state of a run to a text file for the node exporter of Prometheus: immediately after
/// each epoch, and at most every 10 s after other records. The file is replaced by a rename, so
/// readers see the old or the new version, and it is not synced.
///
/// If the file cannot be written, that is one event until it is written again. Later records try
/// again when a write is due. Nothing throws unless `on_failure` does; `on_failure` may call `on`.
class PrometheusFile final : public Sink {
 public:
  /// Does not access the file. `file` is `<run>/metrics.prom`; `<file>.tmp` is used as well. `view`
  /// must outlive this, and must be updated with a record before `on` is called with it.
  PrometheusFile(std::filesystem::path file, std::string run, RunView const& view,
                 std::function<void(EventRecord const&)> on_failure,
                 ClockMs clock = system_clock_ms);

  using Sink::on;
  void on(EpochRecord const& record) override;
  void on(EventRecord const& record) override;
  void on(ProgressTick const& tick) override;
  /// Writes the file with moneta_run_active 0.
  void close(RunEnd const& end) override;

 private:
  std::int64_t now_s() const { return clock_() / 1000; }
  void write_if_due();
  void write();

  std::filesystem::path const file_;
  RunView const& view_;
  std::function<void(EventRecord const&)> const on_failure_;
  ClockMs const clock_;
  RunMetrics metrics_;
  std::optional<std::int64_t> tried_s_;  ///< the latest attempt to write
  bool is_failing_ = false;
};

}  // namespace moneta
