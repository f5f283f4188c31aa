// SPDX-License-Identifier: Apache-2.0
// What PrometheusFile writes.
#include <array>
#include <set>
#include <string_view>

#include "telemetry/export/metric_text.h"
#include "telemetry/export/prometheus.h"

namespace moneta {
namespace {

/// The last part of a number's name in the epoch log, and what Prometheus wants instead.
struct Unit {
  std::string_view ours, theirs;
  double factor;
};
constexpr std::array<Unit, 9> units = {{
    {"_bytes", "_bytes", 1},
    {"_c", "_celsius", 1},
    {"_fraction", "_ratio", 1},
    {"_mhz", "_hertz", 1e6},
    {"_mib", "_bytes", 1024.0 * 1024.0},
    {"_percent", "_ratio", 0.01},
    {"_seconds", "_seconds", 1},
    {"_share", "_ratio", 1},
    {"_w", "_watts", 1},
}};

std::string metric_characters(std::string text) {
  for (char& each : text) {
    bool const fits = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
    if (each >= 'A' && each <= 'Z') {
      each = static_cast<char>(each - 'A' + 'a');
    } else if (!fits) {
      each = '_';
    }
  }
  return text;
}

}  // namespace

DeviceMetric device_metric(std::string const& kind, std::string const& name) {
  std::string const prefix = "moneta_" + kind + '_';
  std::string const first = name.substr(0, name.find('/'));
  for (Unit const& unit : units) {
    if (first.size() <= unit.ours.size() || !first.ends_with(unit.ours)) continue;
    std::string const rest = name.substr(first.size());  // "/max": the unit goes behind it
    std::string const what = first.substr(0, first.size() - unit.ours.size());
    return {prefix + metric_characters(what + rest) + std::string(unit.theirs), unit.factor};
  }
  return {prefix + metric_characters(name), 1};
}

std::string PrometheusFile::text() const {
  MetricText text;
  add_run(text);
  add_coins(text);
  add_latest_epochs(text);
  add_ranks(text);
  return text.text();
}

void PrometheusFile::add_run(MetricText& text) const {
  text.begin("moneta_run_active", MetricType::gauge,
             "1 while the run works, 0 once it has ended in order; it stays 1 after a crash.");
  text.sample({{"run", run_}}, active_ ? 1 : 0);
  text.begin("moneta_last_update_timestamp_seconds", MetricType::gauge,
             "When a rank last reported something, Unix time.");
  text.sample({{"run", run_}}, static_cast<double>(updated_s_));
  text.begin("moneta_epochs_planned", MetricType::gauge, "Epochs of each coin, at most.");
  text.sample({{"run", run_}}, static_cast<double>(epochs_));
  text.begin("moneta_events_total", MetricType::counter,
             "Events of the event log since the run was last started.");
  for (auto const& [kind, count] : events_) {
    text.sample({{"run", run_}, {"action", kind.first}, {"severity", kind.second}},
                static_cast<double>(count));
  }
}

void PrometheusFile::add_coins(MetricText& text) const {
  constexpr std::pair<Phase, char const*> phases[] = {{Phase::running, "running"},
                                                      {Phase::waiting, "waiting"},
                                                      {Phase::finished, "finished"},
                                                      {Phase::failed, "failed"}};
  text.begin("moneta_coin_state", MetricType::gauge,
             "1 for the state a coin is in: running, waiting for its turn, finished or failed.");
  for (Coin const& each : coins_) {
    for (auto const& [phase, name] : phases) {
      text.sample({{"run", run_}, {"coin", each.name}, {"state", name}}, each.phase == phase);
    }
  }
  text.begin("moneta_epochs_total", MetricType::counter,
             "Epochs that were trained since the run was last started.");
  for (Coin const& each : coins_) {
    text.sample({{"run", run_}, {"coin", each.name}}, static_cast<double>(each.epochs_total));
  }
  text.begin(
      "moneta_skipped_updates_total", MetricType::counter,
      "Updates that were skipped for a gradient that was not finite, in the epochs since the "
      "run was last started.");
  for (Coin const& each : coins_) {
    text.sample({{"run", run_}, {"coin", each.name}}, static_cast<double>(each.skipped_total));
  }
  text.begin("moneta_epoch", MetricType::gauge, "Epochs that the coin has done in all.");
  for (Coin const& each : coins_) {
    if (!each.epoch || !each.rank) continue;
    text.sample({{"run", run_}, {"coin", each.name}, {"rank", std::to_string(*each.rank)}},
                static_cast<double>(*each.epoch));
  }
}

void PrometheusFile::add_latest_epochs(MetricText& text) const {
  struct Row {
    char const *name, *help, *label, *value;
    double (*read)(EpochRecord const&);
  };
  using Record = EpochRecord const&;
  char const* const loss = "Losses of the latest epoch, in variances of the target for mse.";
  char const* const seconds =
      "What the latest epoch took: training (with wait, the time without data) and validation.";
  char const* const norm = "Norm of the gradient before clipping, over the latest epoch.";
  // clang-format off
  Row const rows[] = {
      {"moneta_loss", loss, "kind", "train", [](Record r) { return r.train_loss; }},
      {"moneta_loss", loss, "kind", "valid", [](Record r) { return r.valid_loss; }},
      {"moneta_loss", loss, "kind", "best", [](Record r) { return r.best_valid_loss; }},
      {"moneta_best_epoch", "The epoch with the smallest validation loss.", nullptr, nullptr,
       [](Record r) { return static_cast<double>(r.best_epoch); }},
      {"moneta_sequences_per_second", "Speed of training in the latest epoch.", nullptr, nullptr,
       [](Record r) { return r.sequences_per_second; }},
      {"moneta_epoch_seconds", seconds, "part", "train", [](Record r) { return r.train_seconds; }},
      {"moneta_epoch_seconds", seconds, "part", "valid", [](Record r) { return r.valid_seconds; }},
      {"moneta_epoch_seconds", seconds, "part", "wait", [](Record r) { return r.wait_seconds; }},
      {"moneta_learning_rate", "Learning rate at the end of the latest epoch.", nullptr, nullptr,
       [](Record r) { return r.learning_rate; }},
      {"moneta_gradient_norm", norm, "kind", "mean", [](Record r) { return r.gradient_norm_mean; }},
      {"moneta_gradient_norm", norm, "kind", "max", [](Record r) { return r.gradient_norm_max; }},
  };
  // clang-format on
  std::string_view begun;
  for (Row const& row : rows) {
    if (begun != row.name) text.begin(row.name, MetricType::gauge, row.help);
    begun = row.name;
    for (Coin const& each : coins_) {
      if (!each.record) continue;
      Labels labels = {{"run", run_}, {"coin", each.name}};
      if (row.label != nullptr) labels.emplace_back(row.label, row.value);
      text.sample(labels, row.read(*each.record));
    }
  }
}

void PrometheusFile::add_ranks(MetricText& text) const {
  text.begin("moneta_host_memory_bytes", MetricType::gauge, "Resident memory of a rank.");
  struct OfDevices {
    std::string name;                                    ///< of the number in the epoch log
    std::vector<std::pair<std::size_t, double>> values;  ///< by rank
  };
  std::map<std::string, OfDevices> of_devices;  // by metric
  for (auto const& [number, rank] : ranks_) {
    text.sample({{"run", run_}, {"rank", std::to_string(number)}},
                static_cast<double>(rank.host_memory_bytes));
    for (auto const& [name, value] : rank.device) {
      DeviceMetric const metric = device_metric(rank.device_kind, name);
      OfDevices& known = of_devices[metric.name];
      if (known.name.empty()) known.name = name;
      // Of two names that become one metric the first has it.
      if (known.name == name) known.values.emplace_back(number, value * metric.factor);
    }
  }
  for (auto const& [metric, known] : of_devices) {
    text.begin(metric, MetricType::gauge,
               "'" + known.name + "' of a rank's device in the epoch log, over its latest epoch.");
    for (auto const& [number, value] : known.values) {
      text.sample({{"run", run_}, {"rank", std::to_string(number)}}, value);
    }
  }
}

}  // namespace moneta
