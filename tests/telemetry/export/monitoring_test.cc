// SPDX-License-Identifier: Apache-2.0
// The queries in configs/monitoring use only metrics that moneta writes.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cctype>
#include <set>

#include "base/error.h"
#include "telemetry/epoch_record.h"
#include "telemetry/export/metric_file.h"
#include "telemetry/export/prometheus.h"
#include "telemetry/fed_sink.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

using metric_file::LabelMap;

std::string const monitoring = MONETA_SOURCE "/configs/monitoring/";

Json dashboard() { return Json::parse(read_bytes(monitoring + "grafana.json")); }

/// All metrics of a run of eight coins on GPUs.
metric_file::Metrics written_metrics() {
  FreshFolder const folder;
  std::vector<std::string> coins;
  for (int i = 0; i < 8; ++i) coins.push_back(fmt::format("KRW-{}", i));
  auto const make = [&](RunView const& view) {
    return PrometheusFile(folder / "metrics.prom", "upbit8", view,
                          [](EventRecord const& event) { FAIL() << event.message; });
  };
  FedSink<PrometheusFile> file(
      coins, 200, [] { return 0.0; }, make);
  for (std::string const& coin : coins) file.on(numbered_record(coin, 1, gpu_of_epoch()));
  return metric_file::parse(folder.read("metrics.prom"));
}

/// Every string with this key, at any depth.
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

/// label, relation and text: kind=~"train|valid".
struct Condition {
  std::string label, relation, text;
};
struct Selector {
  std::string metric;
  std::vector<Condition> conditions;
};

bool is_word(char each) {
  return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '_' || each == '$';
}

std::string word_at(std::string const& query, std::size_t& at) {
  std::size_t const begin = at;
  while (at < query.size() && is_word(query[at])) ++at;
  return query.substr(begin, at - begin);
}

/// The conditions between braces; moves `at` behind them.
std::vector<Condition> conditions_at(std::string const& query, std::size_t& at) {
  std::vector<Condition> conditions;
  while (query.at(at) != '}') {
    at = query.find_first_not_of(", ", at + 1);
    Condition each;
    each.label = word_at(query, at);
    std::size_t const quote = query.find('"', at);
    each.relation = query.substr(at, quote - at);
    at = quote;
    each.text = metric_file::quoted(query, at);
    conditions.push_back(each);
  }
  ++at;
  return conditions;
}

/// The metrics of a query: words with an '_' that are neither functions nor variables.
std::vector<Selector> selectors_of(std::string const& query) {
  static std::set<std::string> const functions = {"group_left", "label_values", "last_over_time",
                                                  "quantile_over_time"};
  std::vector<Selector> selectors;
  for (std::size_t at = 0; at < query.size();) {
    std::string const word = word_at(query, at);
    bool const is_metric = word.find('_') != std::string::npos && word[0] != '$';
    if (is_metric && !functions.contains(word)) selectors.push_back({word, {}});
    if (at == query.size()) break;
    if (query[at] == '{') {
      selectors.at(selectors.size() - 1).conditions = conditions_at(query, at);
    } else {
      ++at;
    }
  }
  return selectors;
}

/// True if a sample of the metric has this label with one of the required values.
bool has_sample(metric_file::Metric const& metric, Condition const& condition) {
  for (auto const& [labels, value] : metric.samples) {
    auto const found = labels.find(condition.label);
    if (found == labels.end()) continue;
    if (condition.relation[0] == '!' || condition.text[0] == '$') return true;
    std::string const values = '|' + condition.text + '|';
    if (values.find('|' + found->second + '|') != std::string::npos) return true;
  }
  return false;
}

void expect_written(std::string const& query, metric_file::Metrics const& written) {
  auto const selectors = selectors_of(query);
  EXPECT_GE(selectors.size(), 1u) << query;
  for (Selector const& each : selectors) {
    if (each.metric.starts_with("node_")) continue;  // the node exporter's own
    ASSERT_TRUE(written.contains(each.metric)) << each.metric << " in " << query;
    for (Condition const& condition : each.conditions) {
      EXPECT_TRUE(has_sample(written.at(each.metric), condition))
          << condition.label << condition.relation << condition.text << " of " << each.metric
          << " in " << query;
    }
  }
}

TEST(Selectors, AreFoundInAQuery) {
  auto const found = selectors_of(R"(sum by (state) (a_b{c=~"d|e", f!="}"}[$__range]) > 1e3 and )"
                                  R"(on (run) quantile_over_time(0.5, x_y[1d]) / z_total)");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].metric, "a_b");
  ASSERT_EQ(found[0].conditions.size(), 2u);
  EXPECT_EQ(found[0].conditions[0].label + found[0].conditions[0].relation, "c=~");
  EXPECT_EQ(found[0].conditions[0].text, "d|e");
  EXPECT_EQ(found[0].conditions[1].text, "}");
  EXPECT_EQ(found[1].metric, "x_y");
  EXPECT_EQ(found[2].metric, "z_total");
}

TEST(Dashboard, QueriesOnlyWrittenMetrics) {
  auto const written = written_metrics();
  for (std::string const& query : dashboard_queries()) expect_written(query, written);
}

TEST(Dashboard, ShowsEveryMetricExceptDetails) {
  std::set<std::string> hidden = {"moneta_best_epoch",
                                  "moneta_epochs_total",
                                  "moneta_gpu_memory_utilisation_mean_ratio",
                                  "moneta_gpu_other_processes_max",
                                  "moneta_gpu_samples",
                                  "moneta_gpu_throttle_reasons_power_cap"};
  std::set<std::string> shown;
  for (std::string const& query : dashboard_queries()) {
    for (Selector const& each : selectors_of(query)) shown.insert(each.metric);
  }
  for (auto const& [name, metric] : written_metrics()) {
    EXPECT_NE(shown.contains(name), hidden.contains(name)) << name;
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

TEST(AlertRules, QueryOnlyWrittenMetrics) {
  auto const written = written_metrics();
  for (std::string const& query : rule_queries()) expect_written(query, written);
}

TEST(AlertRules, HaveSeverityTextAndDocumentation) {
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
