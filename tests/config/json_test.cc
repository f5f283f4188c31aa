// SPDX-License-Identifier: Apache-2.0
#include "config/keys.h"
#include "config/scratch.h"

namespace moneta {
namespace {

Config unusual_config() {
  return load_text(
      "run: {name: b, folder: elsewhere, seed: 18446744073709551615, resume: never, "
      "watchdog_minutes: 2.5}\n"
      "coins: [A, B]\nplacement: [[B], [A]]\n"
      "synth: {start: 2031-12-31T23:59, signal_r2: 0.123456789012345, empty_fraction: 0, "
      "correlation: 0.1}\n"
      "fetch: {exchange: binance, url: 'http://u/v', timeout_s: 0.5, attempts: 3}\n"
      "data: {raw: r, shards: s, days: 3, timeframes: {60m: 2}, stride_minutes: 1, "
      "horizon_minutes: 2, max_filled_fraction: 1, on_bad_row: skip, end: each, "
      "max_bad_rows: 0.1, max_price_step: 2, split: {train: 0.5, valid: 0.25, test: 0.25}}\n"
      "model: {hidden: 2, layers: 1, bidirectional: false, dropout: 0.1, "
      "transformer: {enabled: true, layers: 2, heads: 2, feedforward: 1.5}}\n"
      "train: {epochs: 3, batch: 2, accumulate: 5, loss: huber, huber_delta: 0.1, precision: f32, "
      "early_stop: {patience: 0, min_delta: 0.1}, optimizer: {learning_rate: 0.1, weight_decay: 0, "
      "beta1: 0.1, beta2: 0.2, epsilon: 1e-7, clip_norm: 0}, schedule: {name: constant, "
      "warmup_epochs: 0, final_fraction: 1}}\n"
      "device: {kind: cpu, batch: 7, memory_fraction: 0.5, memory_limit_mib: 9, threads: 3, "
      "lstm_algorithm: standard, expected_power_limit_w: 1}\n"
      "checkpoint: {keep_last: 1, keep_best: 2, every_minutes: 0.5}\n"
      "log: {keep_days: 1, compress: false, backup_folder: b, tensorboard: false, prometheus: "
      "false}\nalert: {webhook_url: 'http://w', template: json, command: c, events: []}\n");
}

TEST(ConfigJson, RoundTripKeepsEveryKey) {
  Config const config = unusual_config();
  // train.optimizer.name accepts only one value.
  EXPECT_EQ(compare_configs(default_config, config).size(), config_keys().size() - 1);
  Config const back = config_from_json(config_to_json(config), "config.json");
  EXPECT_TRUE(compare_configs(config, back).empty());
  Json const text = Json::parse(config_to_json(config).dump(2));
  EXPECT_TRUE(compare_configs(config, config_from_json(text, "config.json")).empty());
}

TEST(ConfigJson, IsNestedAndInTheOrderOfTheStructs) {
  Json const json = config_to_json(default_config);
  EXPECT_EQ(
      json["run"].dump(),
      R"({"name":"upbit8","folder":"runs","seed":20250326,"resume":"auto","watchdog_minutes":10.0})");
  EXPECT_EQ(json["data"]["timeframes"].dump(), R"({"1m":240,"5m":144,"15m":96})");
  EXPECT_EQ(json["synth"]["start"], "2025-01-01T00:00:00Z");
  EXPECT_TRUE(json["placement"].is_null());
  EXPECT_TRUE(json["device"]["memory_limit_mib"].is_null());
  std::string sections;
  for (auto const& [key, value] : json.items()) sections += key + ' ';
  EXPECT_EQ(sections,
            "run coins placement synth fetch data model train device checkpoint log alert ");
}

struct JsonCase {
  char const *name, *json, *expected;

  friend void PrintTo(JsonCase const& test, std::ostream* out) { *out << test.name; }
};

class BadConfigJson : public testing::TestWithParam<JsonCase> {};

TEST_P(BadConfigJson, IsRejected) {
  EXPECT_EQ(config_error([] { config_from_json(Json::parse(GetParam().json), "config.json"); }),
            GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadConfigJson,
    testing::Values(
        JsonCase{"UnknownKey", R"({"model": {"hiden": 3}})",
                 "config.json: model.hiden is not a key (did you mean model.hidden?). "
                 "configs/README.md lists all keys"},
        JsonCase{"NotAnObject", "[1]",
                 "config.json: not a configuration (its JSON is not an object). Is it the right "
                 "file?"},
        JsonCase{"Null", "null",
                 "config.json: not a configuration (its JSON is not an object). Is it the right "
                 "file?"},
        JsonCase{"NumberAsString", R"({"model": {"hidden": "3"}})",
                 "config.json: model.hidden: \"3\" (a quoted string) is not a whole number from 1 "
                 "to 8192."},
        JsonCase{"NegativeNumber", R"({"model": {"hidden": -3}})",
                 "config.json: model.hidden: '-3' is not a whole number from 1 to 8192."},
        JsonCase{"StringAsNumber", R"({"run": {"name": 3}})",
                 "config.json: run.name: '3' is not a name of letters, digits, '.', '_' and '-' "
                 "that starts with a letter or digit."},
        JsonCase{"BooleanForAWord", R"({"train": {"loss": true}})",
                 "config.json: train.loss: 'true' is not one of mse, huber."},
        JsonCase{"BooleanAsString", R"({"log": {"compress": "true"}})",
                 "config.json: log.compress: \"true\" (a quoted string) is not true or false."},
        JsonCase{"Transformer",
                 R"({"model": {"hidden": 5, "transformer": {"enabled": true, "heads": 4}}})",
                 "config.json: model.transformer.heads is 4 (the heads must divide the 10 outputs "
                 "of the LSTM). Choose a divisor of 10?"}),
    [](auto const& test) { return std::string(test.param.name); });

TEST(CompareConfigs, MarksTheImmutableKeys) {
  std::string immutable;
  for (ConfigDifference const& difference : compare_configs(default_config, unusual_config())) {
    if (difference.immutable) immutable += difference.key + '\n';
  }
  EXPECT_EQ(immutable,
            "run.seed\ncoins\n"
            "data.days\ndata.end\ndata.timeframes\ndata.stride_minutes\ndata.horizon_minutes\n"
            "data.max_filled_fraction\ndata.on_bad_row\n"
            "data.split.train\ndata.split.valid\ndata.split.test\n"
            "model.hidden\nmodel.layers\nmodel.bidirectional\nmodel.dropout\n"
            "model.transformer.enabled\n"
            "model.transformer.layers\nmodel.transformer.heads\nmodel.transformer.feedforward\n"
            "train.batch\ntrain.accumulate\ntrain.loss\ntrain.huber_delta\n");
}

TEST(CompareConfigs, ReportsBothValues) {
  auto const differences =
      compare_configs(load_text("run: {name: a}"), load_text("run: {name: b}\ncoins: [C]"));
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0].key, "run.name");
  EXPECT_EQ(differences[0].was, "a");
  EXPECT_EQ(differences[0].is, "b");
  EXPECT_FALSE(differences[0].immutable);
  EXPECT_EQ(differences[1].is, R"(["C"])");
  EXPECT_TRUE(differences[1].immutable);
}

}  // namespace
}  // namespace moneta
