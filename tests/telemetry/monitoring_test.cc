// SPDX-License-Identifier: Apache-2.0
// What configs/monitoring asks Prometheus for is what moneta writes.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <regex>
#include <set>

#include "base/error.h"
#include "telemetry/epoch_record.h"
#include "telemetry/fresh_folder.h"
#include "telemetry/metric_file.h"
#include "telemetry/prometheus.h"

namespace moneta {
namespace {

using metric_file::LabelMap;

std::string const monitoring = MONETA_SOURCE "/configs/monitoring/";

Json dashboard() { return Json::parse(read_bytes(monitoring + "grafana.json")); }

/// All that a run of eight coins on GPUs writes.
metric_file::Metrics written_metrics() {
  FreshFolder const folder;
  std::vector<std::string> coins;
  for (int i = 0; i < 8; ++i) coins.push_back(cat("KRW-", i));
  PrometheusFile file(folder / "metrics.prom", "upbit8", coins, 200,
                      [](EventRecord const& event) { FAIL() << event.message; });
  for (std::string const& coin : coins) file.take(numbered_record(coin, 1, gpu_of_epoch()), 1);
  return metric_file::parse(folder.read("metrics.prom"));
}

/// Every text under this key, wherever it is.
void collect(Json const& json, std::string const& key, std::vector<std::string>& texts) {
  for (auto const& [name, value] : json.items()) {
    if (json.is_object() && name == key && value.is_string()) texts.push_back(value);
    if (value.is_structured()) collect(value, key, texts);
  }
}

std::vector<std::string> dashboard_queries() {
  std::vector<std::string> queries;
  Json const json = dashboard();
  collect(json, "expr", queries);
  EXPECT_GE(queries.size(), 20u);
  collect(json.at("templating"), "query", queries);
  std::erase(queries, "prometheus");  // the kind of the data source
  return queries;
}

std::vector<std::string> rule_queries() {
  std::vector<std::string> queries;
  YAML::Node const rules = YAML::LoadFile(monitoring + "alerts.yml")["groups"][0]["rules"];
  for (auto const& rule : rules) queries.push_back(rule["expr"].as<std::string>());
  EXPECT_GE(queries.size(), 10u);
  return queries;
}

bool has_sample(metric_file::Metric const& metric, std::string const& label,
                std::string const& relation, std::string const& text) {
  for (auto const& [labels, value] : metric.samples) {
    auto const found = labels.find(label);
    if (found == labels.end()) continue;
    if (relation[0] == '!' || text[0] == '$' || found->second == text) return true;
    if (relation == "=~" && std::regex_match(found->second, std::regex(text))) return true;
  }
  return false;
}

/// Every metric of a query with its conditions: moneta_loss{coin=~"$coin", kind="train"}.
void expect_written(std::string const& query, metric_file::Metrics const& written) {
  static std::regex const selector(R"re(\b([a-z][a-z0-9]*_[a-z0-9_]+)(\{([^}]*)\}|\[|$| |\)|,))re");
  static std::regex const condition(R"re(([a-z]+)(=~|!~|!=|=)"([^"]*)")re");
  static std::set<std::string> const functions = {"group_left", "label_values", "last_over_time",
                                                  "quantile_over_time"};
  std::size_t metrics = 0;
  for (std::sregex_iterator each(query.begin(), query.end(), selector), end; each != end; ++each) {
    std::string const name = (*each)[1];
    if (functions.contains(name)) continue;
    ++metrics;
    if (name.starts_with("node_")) continue;  // the node exporter's own
    ASSERT_TRUE(written.contains(name)) << name << " in " << query;
    std::string const conditions = (*each)[3];
    for (std::sregex_iterator one(conditions.begin(), conditions.end(), condition); one != end;
         ++one) {
      EXPECT_TRUE(has_sample(written.at(name), (*one)[1], (*one)[2], (*one)[3]))
          << one->str() << " of " << name << " in " << query;
    }
  }
  EXPECT_GE(metrics, 1u) << query;
}

TEST(Dashboard, AsksOnlyForWhatIsWritten) {
  auto const written = written_metrics();
  for (std::string const& query : dashboard_queries()) expect_written(query, written);
}

TEST(Dashboard, ShowsEveryMetricButThoseOfDetails) {
  std::set<std::string> hidden = {"moneta_best_epoch",
                                  "moneta_epochs_total",
                                  "moneta_gpu_memory_utilisation_mean_ratio",
                                  "moneta_gpu_other_processes_max",
                                  "moneta_gpu_samples",
                                  "moneta_gpu_throttle_reasons_power_cap"};
  std::string all;
  for (std::string const& query : dashboard_queries()) all += query + '\n';
  for (auto const& [name, metric] : written_metrics()) {
    bool const is_shown = std::regex_search(all, std::regex(name + "\\b"));
    EXPECT_NE(is_shown, hidden.contains(name)) << name;
  }
}

TEST(Dashboard, HasPanelsThatDoNotOverlap) {
  Json const json = dashboard();
  std::set<int> ids;
  std::set<std::pair<int, int>> taken;
  for (Json const& panel : json.at("panels")) {
    EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << panel.at("id");
    EXPECT_FALSE(panel.at("title").get<std::string>().empty());
    Json const& place = panel.at("gridPos");
    int const left = place.at("x"), top = place.at("y");
    int const right = left + place.at("w").get<int>(), bottom = top + place.at("h").get<int>();
    EXPECT_LE(right, 24);
    for (int x = left; x < right; ++x) {
      for (int y = top; y < bottom; ++y) {
        EXPECT_TRUE(taken.emplace(x, y).second) << panel.at("title");
      }
    }
    if (panel.at("type") == "row") continue;
    EXPECT_EQ(panel.at("datasource").at("uid"), "${datasource}");
    EXPECT_FALSE(panel.at("targets").empty()) << panel.at("title");
  }
  EXPECT_GE(ids.size(), 20u);
}

TEST(AlertRules, AskOnlyForWhatIsWritten) {
  auto const written = written_metrics();
  for (std::string const& query : rule_queries()) expect_written(query, written);
}

TEST(AlertRules, SayWhatIsWrongAndHowBadItIs) {
  std::set<std::string> names;
  for (auto const& rule : YAML::LoadFile(monitoring + "alerts.yml")["groups"][0]["rules"]) {
    auto const name = rule["alert"].as<std::string>();
    EXPECT_TRUE(names.insert(name).second) << name;
    auto const severity = rule["labels"]["severity"].as<std::string>();
    EXPECT_TRUE(severity == "critical" || severity == "warning") << name;
    EXPECT_FALSE(rule["annotations"]["summary"].as<std::string>().empty()) << name;
    EXPECT_FALSE(rule["annotations"]["description"].as<std::string>().empty()) << name;
  }
  std::string const readme = read_bytes(monitoring + "README.md");
  for (std::string const& name : names) {
    EXPECT_NE(readme.find("`" + name + "`"), std::string::npos) << name << " is not in README.md";
  }
}

}  // namespace
}  // namespace moneta
