// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/record.h"

namespace moneta {

class MetricText;

/// How a number of `EpochRecord::device` is told to Prometheus.
struct DeviceMetric {
  std::string name;
  double factor = 1;  ///< from the number's unit to Prometheus' base unit
};
/// Of a "gpu", "temperature_max_c" is moneta_gpu_temperature_max_celsius, "power_w/mean"
/// moneta_gpu_power_mean_watts, "utilisation_percent" moneta_gpu_utilisation_ratio.
DeviceMetric device_metric(std::string const& kind, std::string const& name);

/// The state of a run as a textfile for Prometheus' node exporter, for one thread. Rewritten at
/// once after each epoch and with other reports at most every 10 s, by a rename: readers see a
/// whole file, the old or the new one. It is not synced: after a power cut it is old news anyway.
///
/// A file that cannot be written is one event until it is written again, and is tried again with
/// the next report that is due. No call throws unless `on_failure` does; `on_failure` may call this
/// again. `now_s`: seconds since 1970-01-01 UTC.
class PrometheusFile {
 public:
  /// Touches no file yet. `file` is `<run>/metrics.prom`; `<file>.tmp` is used as well.
  PrometheusFile(std::filesystem::path file, std::string run, std::vector<std::string> const& coins,
                 std::int64_t epochs, std::function<void(EventRecord const&)> on_failure);

  void take(EpochRecord const& record, std::int64_t now_s);
  void take(EventRecord const& record, std::int64_t now_s);
  void take(ProgressTick const& tick, std::int64_t now_s);
  /// The run has ended, well or not, but not by a crash: writes the file with moneta_run_active 0.
  void close(std::int64_t now_s);

 private:
  enum class Phase { running, waiting, finished, failed };
  struct Coin {
    std::string name;
    Phase phase = Phase::waiting;
    std::optional<std::size_t> rank;
    std::optional<std::int64_t> epoch;  ///< epochs done
    std::optional<EpochRecord> record;  ///< of the latest epoch
    std::int64_t epochs_total = 0, skipped_total = 0;
  };
  struct Rank {
    std::uint64_t host_memory_bytes = 0;
    std::string device_kind;  ///< "gpu" or "cpu"
    std::vector<std::pair<std::string, double>> device;
  };

  Coin& coin(std::string const& name);
  static void take_event(Coin& of, EventRecord const& record);
  void set_running(Coin& coin, std::size_t rank);
  void write_if_due(std::int64_t now_s);
  void write(std::int64_t now_s);
  std::string text() const;
  void add_run(MetricText& text) const;
  void add_coins(MetricText& text) const;
  void add_latest_epochs(MetricText& text) const;
  void add_ranks(MetricText& text) const;

  std::filesystem::path const file_;
  std::string const run_;
  std::int64_t const epochs_;
  std::function<void(EventRecord const&)> const on_failure_;
  std::vector<Coin> coins_;
  std::map<std::size_t, Rank> ranks_;
  std::map<std::pair<std::string, std::string>, std::int64_t> events_;  ///< by action, severity
  std::int64_t updated_s_ = 0;
  std::optional<std::int64_t> tried_s_;  ///< the latest write, whether it worked or not
  bool active_ = true;
  bool failing_ = false;
};

}  // namespace moneta
