// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/prometheus.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>

#include "base/error.h"
#include "support/file_size_limit.h"
#include "telemetry/epoch_record.h"
#include "telemetry/export/metric_file.h"
#include "telemetry/fed_sink.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

using metric_file::LabelMap;
constexpr std::int64_t start_s = 1'617'233'400;

class PrometheusTest : public testing::Test {
 protected:
  FedSink<PrometheusFile> exporter(std::vector<std::string> const& coins = {"KRW-BTC", "KRW-ETH"},
                                   std::string const& run = "upbit8") {
    return FedSink<PrometheusFile>(
        coins, 200, [] { return 0.0; },
        [&](RunView const& view) {
          return PrometheusFile(
              folder / "metrics.prom", run, view,
              [this](EventRecord const& event) { events.push_back(event); }, clock());
        });
  }
  ClockMs clock() {
    return [this] { return now_s * 1000; };
  }
  static EventRecord event(Event event, Severity severity = Severity::info,
                           Json details = Json::object()) {
    return {.severity = severity,
            .event = event,
            .message = "it is so",
            .coin = "KRW-BTC",
            .rank = 1,
            .details = std::move(details)};
  }
  metric_file::Metrics metrics() const { return metric_file::parse(folder.read("metrics.prom")); }
  double value(std::string const& name, LabelMap labels) const {
    labels["run"] = "upbit8";
    auto const all = metrics();
    EXPECT_TRUE(all.contains(name)) << name;
    EXPECT_TRUE(all.at(name).samples.contains(labels)) << name;
    return all.at(name).samples.at(labels);
  }
  double count_of(Event event, Severity severity) const {
    return value("moneta_events_total",
                 {{"action", std::string(to_string(event))}, {"severity", to_string(severity)}});
  }
  std::string state(std::string const& coin) const {
    std::string found;
    for (std::string const each : {"running", "waiting", "finished", "failed"}) {
      double const is = value("moneta_coin_state", {{"coin", coin}, {"state", each}});
      EXPECT_TRUE(is == 0 || is == 1);
      if (is == 1) found += each;
    }
    return found;
  }

  FreshFolder folder;
  std::int64_t now_s = start_s;
  std::vector<EventRecord> events;
};

TEST_F(PrometheusTest, WritesEveryNumberOfAnEpoch) {
  exporter().on(numbered_record("KRW-BTC", 3, gpu_of_epoch()));
  LabelMap const coin = {{"coin", "KRW-BTC"}};
  auto const of_coin = [&](std::string const& name, LabelMap labels = {}) {
    labels.insert(coin.begin(), coin.end());
    return value(name, labels);
  };
  EXPECT_EQ(of_coin("moneta_epoch", {{"rank", "1"}}), 3);
  EXPECT_EQ(of_coin("moneta_epochs_total"), 1);
  EXPECT_EQ(value("moneta_epochs_planned", {}), 200);
  EXPECT_EQ(of_coin("moneta_loss", {{"kind", "train"}}), 0.25);
  EXPECT_EQ(of_coin("moneta_loss", {{"kind", "valid"}}), 1.1 / 4);
  EXPECT_EQ(of_coin("moneta_loss", {{"kind", "best"}}), 1.05 / 4);
  EXPECT_EQ(of_coin("moneta_best_epoch"), 2);
  EXPECT_EQ(of_coin("moneta_sequences_per_second"), 1237.5);
  EXPECT_EQ(of_coin("moneta_epoch_seconds", {{"part", "train"}}), 15.5);
  EXPECT_EQ(of_coin("moneta_epoch_seconds", {{"part", "valid"}}), 4.5);
  EXPECT_EQ(of_coin("moneta_epoch_seconds", {{"part", "wait"}}), 3.25);
  EXPECT_EQ(of_coin("moneta_learning_rate"), 5e-4 / 3);
  EXPECT_EQ(of_coin("moneta_gradient_norm", {{"kind", "mean"}}), 3.3);
  EXPECT_EQ(of_coin("moneta_gradient_norm", {{"kind", "max"}}), 3.7);
  EXPECT_EQ(of_coin("moneta_skipped_updates_total"), 6);
  EXPECT_EQ(value("moneta_skipped_updates_total", {{"coin", "KRW-ETH"}}), 0);
  EXPECT_EQ(value("moneta_host_memory_bytes", {{"rank", "1"}}), 5'000'000'003);
  EXPECT_EQ(value("moneta_last_update_timestamp_seconds", {}), start_s);
  EXPECT_EQ(value("moneta_run_active", {}), 1);
  EXPECT_EQ(value("moneta_gpu_temperature_max_celsius", {{"rank", "1"}}), 71);
  EXPECT_EQ(value("moneta_gpu_power_mean_watts", {{"rank", "1"}}), 320.5);
  EXPECT_EQ(value("moneta_gpu_memory_max_bytes", {{"rank", "1"}}), 11e9);
  EXPECT_EQ(value("moneta_gpu_utilisation_mean_ratio", {{"rank", "1"}}), 0.97);
  EXPECT_EQ(value("moneta_gpu_sm_clock_mean_hertz", {{"rank", "1"}}), 1.7e9);
  EXPECT_EQ(value("moneta_gpu_throttle_reasons_power_cap", {{"rank", "1"}}), 0.25);
  EXPECT_EQ(std::filesystem::exists(folder / "metrics.prom.tmp"), false);
  EXPECT_TRUE(events.empty());
}

TEST_F(PrometheusTest, AddsUpSkippedUpdates) {
  auto file = exporter();
  for (std::int64_t const epoch : {1, 2, 3}) {
    file.on(numbered_record("KRW-BTC", epoch));
  }
  EXPECT_EQ(value("moneta_skipped_updates_total", {{"coin", "KRW-BTC"}}), 12);
  EXPECT_EQ(value("moneta_epochs_total", {{"coin", "KRW-BTC"}}), 3);
}

/// A member of a team that is not its root reports some events of the coin.
TEST_F(PrometheusTest, KeepsTheRankOfACoinWhenAnotherRankReportsAnEventOfIt) {
  auto file = exporter();
  file.on(numbered_record("KRW-BTC", 3));
  file.on(EventRecord{
      .severity = Severity::warning, .event = Event::out_of_memory, .coin = "KRW-BTC", .rank = 5});
  now_s += 60;
  file.on(numbered_record("KRW-ETH", 3));  // writes the file
  EXPECT_EQ(value("moneta_epoch", {{"coin", "KRW-BTC"}, {"rank", "1"}}), 3);
}

TEST_F(PrometheusTest, WritesNanAndInfinity) {
  EpochRecord record = numbered_record("KRW-BTC", 1);
  record.train_loss = std::numeric_limits<double>::quiet_NaN();
  record.valid_loss = std::numeric_limits<double>::infinity();
  record.device = {{"power_mean_w", nullptr}};
  exporter().on(record);
  EXPECT_TRUE(std::isnan(value("moneta_loss", {{"coin", "KRW-BTC"}, {"kind", "train"}})));
  EXPECT_TRUE(std::isinf(value("moneta_loss", {{"coin", "KRW-BTC"}, {"kind", "valid"}})));
  EXPECT_TRUE(std::isnan(value("moneta_gpu_power_mean_watts", {{"rank", "1"}})));
}

TEST_F(PrometheusTest, EscapesLabelValues) {
  std::string const odd = "a \"run\" of\nC:\\coins \xc3\xa9{},=";
  exporter({odd}, odd).on(numbered_record(odd, 1));
  auto const samples = metrics().at("moneta_epoch").samples;
  EXPECT_EQ(samples,
            (std::map<LabelMap, double>{{{{"run", odd}, {"coin", odd}, {"rank", "1"}}, 1}}));
}

TEST_F(PrometheusTest, ShowsTheDeviceOfEachRank) {
  auto file = exporter();
  file.on(numbered_record("KRW-BTC", 1, gpu_of_epoch()));
  EpochRecord other = numbered_record("KRW-ETH", 1);
  other.rank = 0;
  other.device = {{"kind", "cpu"}, {"memory_max_bytes", 3000}, {"load_mean", 1.5}};
  file.on(other);
  EXPECT_EQ(value("moneta_gpu_memory_max_bytes", {{"rank", "1"}}), 11e9);
  EXPECT_EQ(value("moneta_cpu_memory_max_bytes", {{"rank", "0"}}), 3000);
  other.rank = 1;
  other.device = {{"temperature_max_c", 50}, {"temperature/max c", 51}};
  file.on(other);
  EXPECT_EQ(value("moneta_gpu_temperature_max_celsius", {{"rank", "1"}}), 50);
  EXPECT_FALSE(metrics().contains("moneta_gpu_memory_max_bytes"));
}

TEST_F(PrometheusTest, TakesTheFirstOfTwoNumbersWithTheSameMetric) {
  exporter().on(numbered_record("KRW-BTC", 1, {{"fan_c", 1}, {"Fan_c", 2}}));
  EXPECT_EQ(value("moneta_gpu_fan_celsius", {{"rank", "1"}}), 1);
}

TEST_F(PrometheusTest, ShowsTheStateOfEachCoin) {
  auto file = exporter({"KRW-BTC", "KRW-ETH", "KRW-XRP"});
  auto const expect = [&](std::string const& btc, std::string const& eth, std::string const& xrp) {
    EXPECT_EQ(state("KRW-BTC"), btc);
    EXPECT_EQ(state("KRW-ETH"), eth);
    EXPECT_EQ(state("KRW-XRP"), xrp);
  };
  file.on(ProgressTick{"KRW-BTC", 1, 1, 0.5, 1, 100});
  expect("running", "waiting", "waiting");
  now_s += 10;
  file.on(ProgressTick{"KRW-XRP", 0, 1, 0.5, 1, 100});
  expect("running", "waiting", "running");
  file.on(numbered_record("KRW-BTC", 1));
  expect("running", "waiting", "running");
  now_s += 10;
  file.on(ProgressTick{"KRW-ETH", 1, 1, 0.5, 1, 100});
  expect("waiting", "running", "running");
  EpochRecord last = numbered_record("KRW-ETH", 9);
  last.finished = true;
  file.on(last);
  expect("waiting", "finished", "running");
  now_s += 10;
  file.on(event(Event::coin_failed, Severity::error));
  expect("failed", "finished", "running");
  now_s += 10;
  file.on(ProgressTick{"KRW-BTC", 1, 2, 0.5, 1, 100});  // too late
  expect("failed", "finished", "running");
  file.sink.close({});
  expect("failed", "finished", "waiting");
  EXPECT_EQ(value("moneta_run_active", {}), 0);
}

TEST_F(PrometheusTest, TakesEpochsFromResumedAndRolledBackEvents) {
  auto file = exporter();
  file.on(event(Event::resumed, Severity::info, {{"epoch", 7}, {"finished", true}}));
  EXPECT_EQ(value("moneta_epoch", {{"coin", "KRW-BTC"}, {"rank", "1"}}), 7);
  EXPECT_EQ(state("KRW-BTC"), "finished");
  for (Json const& details : {Json(nullptr), Json::array(), Json{{"epoch", "x"}}}) {
    file.on(event(Event::resumed, Severity::info, details));
  }
  now_s += 10;
  file.on(event(Event::rolled_back, Severity::warning, {{"epoch", 5}}));
  EXPECT_EQ(value("moneta_epoch", {{"coin", "KRW-BTC"}, {"rank", "1"}}), 5);
}

TEST_F(PrometheusTest, CountsEventsFromZero) {
  auto file = exporter();
  file.on(event(Event::model_saved));
  EXPECT_EQ(count_of(Event::model_saved, Severity::info), 1);
  EXPECT_EQ(count_of(Event::coin_failed, Severity::error), 0);  // exists before the first event
  for (int i = 0; i < 2; ++i) file.on(event(Event::coin_failed, Severity::error));
  file.sink.close({});
  EXPECT_EQ(count_of(Event::coin_failed, Severity::error), 2);
}

TEST_F(PrometheusTest, WritesEpochsAtOnceAndOtherRecordsEveryTenSeconds) {
  auto file = exporter();
  auto const updated = [&] { return value("moneta_last_update_timestamp_seconds", {}) - start_s; };
  ProgressTick const tick{"KRW-BTC", 1, 1, 0.5, 1, 100};
  file.on(tick);
  EXPECT_EQ(updated(), 0);
  now_s = start_s + 9;
  file.on(tick);
  file.on(event(Event::model_saved));
  EXPECT_EQ(updated(), 0);
  now_s = start_s + 10;
  file.on(tick);
  EXPECT_EQ(updated(), 10);
  now_s = start_s + 11;
  file.on(numbered_record("KRW-BTC", 1));
  EXPECT_EQ(updated(), 11);
  now_s = start_s + 20;
  file.on(event(Event::model_saved));
  EXPECT_EQ(updated(), 11);
  now_s = start_s + 21;
  file.on(event(Event::model_saved));
  EXPECT_EQ(updated(), 21);
  now_s = start_s - 3600;
  file.on(tick);  // the clock was set back
  EXPECT_EQ(updated(), -3600);
  EXPECT_EQ(count_of(Event::model_saved, Severity::info), 3);
}

TEST_F(PrometheusTest, OnAFullDiskReportsOneEventAndKeepsTheOldFile) {
  auto file = exporter();
  file.on(numbered_record("KRW-BTC", 1));
  std::string const before = folder.read("metrics.prom");
  {
    FileSizeLimit const full(100);
    for (std::int64_t const epoch : {2, 3}) {
      EXPECT_NO_THROW(file.on(numbered_record("KRW-BTC", epoch)));
      EXPECT_EQ(folder.read("metrics.prom"), before);
      EXPECT_FALSE(std::filesystem::exists(folder / "metrics.prom.tmp"));
    }
  }
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].severity, Severity::warning);
  EXPECT_EQ(events[0].event, Event::prometheus_not_written);
  EXPECT_NE(events[0].message.find((folder / "metrics.prom").string()), std::string::npos);
  EXPECT_NE(events[0].message.find("(File too large)"), std::string::npos);
  file.on(numbered_record("KRW-BTC", 4));
  EXPECT_EQ(value("moneta_epochs_total", {{"coin", "KRW-BTC"}}), 4);
  EXPECT_EQ(events.size(), 1u);
  std::filesystem::remove_all(folder.path());
  file.on(numbered_record("KRW-BTC", 5));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_NE(events[1].message.find("(No such file or directory)"), std::string::npos);
}

TEST_F(PrometheusTest, ReportsAFolderInItsPlace) {
  std::filesystem::create_directories(folder / "metrics.prom/x");
  exporter().on(numbered_record("KRW-BTC", 1));
  EXPECT_EQ(events.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "metrics.prom.tmp"));
}

TEST_F(PrometheusTest, OnFailureMayCallItAgain) {
  std::size_t calls = 0;
  RunView view({"KRW-BTC"}, 200, 0);
  std::unique_ptr<PrometheusFile> file;
  auto const on_failure = [&](EventRecord const& failure) {
    ++calls;
    now_s += 100;
    file->on(failure);
  };
  file = std::make_unique<PrometheusFile>(folder / "none/metrics.prom", "upbit8", view, on_failure,
                                          clock());
  file->on(numbered_record("KRW-BTC", 1));
  EXPECT_EQ(calls, 1u);
}

#ifdef MONETA_PROMTOOL
TEST_F(PrometheusTest, PassesTheChecksOfPromtool) {
  auto file = exporter();
  file.on(numbered_record("KRW-BTC", 1, gpu_of_epoch()));
  EpochRecord other = numbered_record("KRW-ETH", 1);
  other.rank = 0;
  other.valid_loss = std::numeric_limits<double>::quiet_NaN();
  other.device = {{"kind", "cpu"}, {"memory_max_bytes", 3000}, {"load_mean", 1.5}};
  file.on(other);
  file.on(event(Event::coin_failed, Severity::error));
  file.sink.close({});
  std::string const command =
      "'" MONETA_PROMTOOL "' check metrics < '" + (folder / "metrics.prom").string() + "' >&2";
  EXPECT_EQ(std::system(command.c_str()), 0);
}
#endif

}  // namespace
}  // namespace moneta
