// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/prometheus_text.h"

#include "telemetry/export/device_metric.h"
#include "telemetry/export/metric_text.h"

namespace moneta {
namespace {

/// The states of a coin in the metrics. An early stop counts as finished. A coin counts as running
/// until another coin of its rank reports, so it does not flicker to waiting between two epochs.
enum class State { running, waiting, finished, failed };

State state_of(RunView const& view, std::size_t coin, bool run_is_active) {
  switch (view.coins()[coin].phase) {
    case CoinPhase::finished:
    case CoinPhase::early_stopped:
      return State::finished;
    case CoinPhase::failed:
      return State::failed;
    case CoinPhase::waiting:
    case CoinPhase::running:
      break;
  }
  return run_is_active && view.is_current(coin) ? State::running : State::waiting;
}

/// Appends the metrics of one run.
///
/// The HELP text and the type of a metric must never change. The node exporter merges the files of
/// all runs, which may have been written by different versions of this program, and drops the
/// samples of a file whose HELP text differs from that of another file. A metric with another
/// meaning needs another name.
class PrometheusWriter {
 public:
  PrometheusWriter(RunView const& view, RunMetrics const& metrics)
      : view_(view), metrics_(metrics) {}

  std::string write() {
    add_run();
    add_coins();
    add_latest_epochs();
    add_ranks();
    return text_.text();
  }

 private:
  Labels run() const { return {{"run", metrics_.run}}; }
  Labels of_coin(std::size_t coin) const {
    return {{"run", metrics_.run}, {"coin", view_.coins()[coin].name}};
  }
  Labels of_rank(std::size_t rank) const {
    return {{"run", metrics_.run}, {"rank", std::to_string(rank)}};
  }

  void add_run();
  void add_coins();
  void add_latest_epochs();
  void add_ranks();

  RunView const& view_;
  RunMetrics const& metrics_;
  MetricText text_;
};

void PrometheusWriter::add_run() {
  text_.begin("moneta_run_active", MetricType::gauge,
              "1 while the run is active, 0 once it has ended cleanly; it stays 1 after a crash.");
  text_.sample(run(), metrics_.is_active ? 1 : 0);
  text_.begin("moneta_last_update_timestamp_seconds", MetricType::gauge,
              "When a rank last reported something, Unix time.");
  text_.sample(run(), static_cast<double>(metrics_.updated_s));
  text_.begin("moneta_epochs_planned", MetricType::gauge, "Epochs of each coin, at most.");
  text_.sample(run(), static_cast<double>(view_.epochs()));
  text_.begin("moneta_events_total", MetricType::counter,
              "Events of the event log since the run was last started.");
  for (auto const& [key, count] : metrics_.events) {
    Labels labels = run();
    labels.emplace_back("action", key.first);
    labels.emplace_back("severity", key.second);
    text_.sample(labels, static_cast<double>(count));
  }
}

void PrometheusWriter::add_coins() {
  constexpr std::pair<State, char const*> states[] = {{State::running, "running"},
                                                      {State::waiting, "waiting"},
                                                      {State::finished, "finished"},
                                                      {State::failed, "failed"}};
  std::size_t const coins = metrics_.coins.size();
  text_.begin("moneta_coin_state", MetricType::gauge,
              "1 for the state a coin is in: running, waiting for its turn, finished or failed.");
  for (std::size_t i = 0; i < coins; ++i) {
    State const current = state_of(view_, i, metrics_.is_active);
    for (auto const& [state, name] : states) {
      Labels labels = of_coin(i);
      labels.emplace_back("state", name);
      text_.sample(labels, state == current);
    }
  }
  text_.begin("moneta_epochs_total", MetricType::counter,
              "Epochs that were trained since the run was last started.");
  for (std::size_t i = 0; i < coins; ++i) {
    text_.sample(of_coin(i), static_cast<double>(metrics_.coins[i].epochs));
  }
  text_.begin(
      "moneta_skipped_updates_total", MetricType::counter,
      "Updates that were skipped for a gradient that was not finite, in the epochs since the "
      "run was last started.");
  for (std::size_t i = 0; i < coins; ++i) {
    text_.sample(of_coin(i), static_cast<double>(metrics_.coins[i].skipped_updates));
  }
  text_.begin("moneta_epoch", MetricType::gauge, "Total epochs that the coin has completed.");
  for (std::size_t i = 0; i < coins; ++i) {
    auto const [epoch, rank] = std::pair(metrics_.coins[i].epoch, metrics_.coins[i].rank);
    if (!epoch || !rank) continue;
    Labels labels = of_coin(i);
    labels.emplace_back("rank", std::to_string(*rank));
    text_.sample(labels, static_cast<double>(*epoch));
  }
}

void PrometheusWriter::add_latest_epochs() {
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
    if (begun != row.name) text_.begin(row.name, MetricType::gauge, row.help);
    begun = row.name;
    for (std::size_t i = 0; i < metrics_.coins.size(); ++i) {
      auto const& latest = metrics_.coins[i].latest;
      if (!latest) continue;
      Labels labels = of_coin(i);
      if (row.label != nullptr) labels.emplace_back(row.label, row.value);
      text_.sample(labels, row.read(*latest));
    }
  }
}

void PrometheusWriter::add_ranks() {
  text_.begin("moneta_host_memory_bytes", MetricType::gauge, "Resident memory of a rank.");
  struct DeviceNumber {
    std::string name;                                    ///< in the epoch log
    std::vector<std::pair<std::size_t, double>> values;  ///< by rank
  };
  std::map<std::string, DeviceNumber> device_numbers;  // by metric
  for (auto const& [number, rank] : metrics_.ranks) {
    text_.sample(of_rank(number), static_cast<double>(rank.host_memory_bytes));
    for (auto const& [name, value] : rank.device) {
      DeviceMetric const metric = device_metric(rank.device_kind, name);
      DeviceNumber& known = device_numbers[metric.name];
      if (known.name.empty()) known.name = name;
      // If two names become the same metric, the first one gets it.
      if (known.name == name) known.values.emplace_back(number, value * metric.factor);
    }
  }
  for (auto const& [metric, known] : device_numbers) {
    text_.begin(metric, MetricType::gauge,
                "'" + known.name + "' of a rank's device in the epoch log, over its latest epoch.");
    for (auto const& [number, value] : known.values) text_.sample(of_rank(number), value);
  }
}

}  // namespace

std::string prometheus_text(RunView const& view, RunMetrics const& metrics) {
  return PrometheusWriter(view, metrics).write();
}

}  // namespace moneta
