// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <stdlib.h>

#include <optional>

#include "config/scratch.h"

namespace moneta {
namespace {

/// Sets the environment variable HOME, or removes it for null, while this exists.
class HomeFolder {
 public:
  explicit HomeFolder(char const* path) {
    if (char const* const before = std::getenv("HOME")) before_ = before;
    set(path);
  }
  HomeFolder(HomeFolder const&) = delete;
  HomeFolder& operator=(HomeFolder const&) = delete;
  ~HomeFolder() { set(before_ ? before_->c_str() : nullptr); }

 private:
  static void set(char const* path) {
    if (path != nullptr) {
      ::setenv("HOME", path, 1);
    } else {
      ::unsetenv("HOME");
    }
  }

  std::optional<std::string> before_;
};

std::vector<ConfigDifference> changes(Config const& config) {
  return compare_configs(default_config, config);
}

TEST(LoadConfig, EmptyFileHasTheDefaults) {
  for (char const* text : {"", "\n\n", "# nothing but a comment\n", "---\n", "{}\n", "model:\n"}) {
    EXPECT_TRUE(changes(load_text(text)).empty()) << text;
  }
}

TEST(LoadConfig, ReadsEveryKindOfValue) {
  Config const config = load_text(
      "run: {name: first.run-2, seed: 18446744073709551615, resume: always}\n"
      "coins: [KRW-BTC, 'KRW-ETH', \"1INCH\"]\n"
      "placement:\n- [KRW-ETH]\n- []\n- [1INCH, KRW-BTC]\n"
      "data:\n  timeframes: {15m: 8, 1440m: 2, 1m: 16}\n  on_bad_row: skip\n"
      "  split: {train: 0.1, valid: 0.2, test: 0.7}\n"
      "model: {bidirectional: false, dropout: 0}\n"
      "train: {loss: huber, precision: bf16, optimizer: {epsilon: 1E-6, clip_norm: .5}}\n"
      "device: {kind: cuda, memory_limit_mib: 4096}\n"
      "log: {backup_folder: a folder with spaces, compress: false}\n"
      "alert: {events: [gpu]}\n");
  EXPECT_EQ(config.run.name, "first.run-2");
  EXPECT_EQ(config.run.seed, 18446744073709551615u);
  EXPECT_EQ(config.run.resume, ResumePolicy::always);
  EXPECT_EQ(config.coins, (std::vector<std::string>{"KRW-BTC", "KRW-ETH", "1INCH"}));
  EXPECT_EQ(config.placement,
            (std::vector<std::vector<std::string>>{{"KRW-ETH"}, {}, {"1INCH", "KRW-BTC"}}));
  EXPECT_EQ(config.data.timeframes,
            (std::vector<TimeframeConfig>{{"1m", 1, 16}, {"15m", 15, 8}, {"1440m", 1440, 2}}));
  EXPECT_EQ(config.data.on_bad_row, BadRows::skip);
  EXPECT_EQ(config.data.split.test, 0.7);
  EXPECT_FALSE(config.model.bidirectional);
  EXPECT_EQ(config.model.dropout, 0);
  EXPECT_EQ(config.train.loss, LossFunction::huber);
  EXPECT_EQ(config.train.precision, PrecisionChoice::bf16);
  EXPECT_EQ(config.train.optimizer.epsilon, 1e-6);
  EXPECT_EQ(config.train.optimizer.clip_norm, 0.5);
  EXPECT_EQ(config.device.kind, DeviceKind::cuda);
  EXPECT_EQ(config.device.memory_limit_mib, 4096u);
  EXPECT_EQ(config.log.backup_folder, "a folder with spaces");
  EXPECT_EQ(config.alert.events, std::vector<std::string>{"gpu"});
}

TEST(LoadConfig, ReadsEveryPrecision) {
  for (auto const& [name, precision] :
       std::vector<std::pair<std::string, PrecisionChoice>>{{"auto", PrecisionChoice::automatic},
                                                            {"f32", PrecisionChoice::f32},
                                                            {"tf32", PrecisionChoice::tf32},
                                                            {"bf16", PrecisionChoice::bf16},
                                                            {"fp16", PrecisionChoice::fp16}}) {
    EXPECT_EQ(load_text("train: {precision: " + name + "}").train.precision, precision) << name;
  }
}

struct StartCase {
  char const* text;
  std::int64_t start_s;
};

TEST(LoadConfig, ReadsTheStartOfTheArtificialMarket) {
  for (auto const& [text, start_s] : {StartCase{"1970-01-01", 0},
                                      {"2025-01-01", 1'735'689'600},
                                      {"2024-02-29T23:59", 1'709'251'140},
                                      {"2024-02-29 23:59:00", 1'709'251'140},
                                      {"2024-02-29T23:59:00Z", 1'709'251'140}}) {
    EXPECT_EQ(load_text(fmt::format("synth: {{start: {}}}", text)).synth.start_s, start_s) << text;
  }
}

TEST(LoadConfig, ReadsTheEndOfTheData) {
  EXPECT_EQ(load_text("").data.end, (DataEnd{EndRule::common, 0}));
  EXPECT_EQ(load_text("data: {end: common}").data.end, (DataEnd{EndRule::common, 0}));
  EXPECT_EQ(load_text("data: {end: each}").data.end, (DataEnd{EndRule::each, 0}));
  EXPECT_EQ(load_text("data: {end: 2025-01-01}").data.end, (DataEnd{EndRule::time, 1'735'689'600}));
}

TEST(LoadConfig, ReadsABaseUrlWithoutItsLastSlash) {
  Config const config = load_text("fetch: {exchange: binance, url: 'http://127.0.0.1:80/a//'}");
  EXPECT_EQ(config.fetch.exchange, ExchangeChoice::binance);
  EXPECT_EQ(config.fetch.url, "http://127.0.0.1:80/a");
  EXPECT_EQ(load_text("").fetch.url, std::nullopt);
}

TEST(LoadConfig, ReadsNumbersAsDecimalDigitsOnly) {
  EXPECT_EQ(load_text("train: {epochs: 010}").train.epochs, 10u);
  EXPECT_EQ(load_text("model: {transformer: {feedforward: 2e0}}").model.transformer.feedforward, 2);
}

TEST(LoadConfig, ReadsNullForKeysThatMayHaveNoValue) {
  for (char const* null : {"null", "~", ""}) {
    Config const config =
        load_text("device: {memory_limit_mib: 5}\nalert: {command: x}\n",
                  {fmt::format("device.memory_limit_mib={}", null),
                   fmt::format("alert.command={}", null), fmt::format("placement={}", null)});
    EXPECT_TRUE(changes(config).empty()) << null;
  }
  EXPECT_EQ(load_text("alert: {command: 'null'}").alert.command, "null")
      << "a quoted null is a string";
}

struct PathCase {
  char const *yaml, *path;
};

TEST(LoadConfig, ReplacesALeadingTildeOfAPathByTheHomeFolder) {
  HomeFolder const home("/home/ada");
  for (auto const& [yaml, path] : {PathCase{"'~'", "/home/ada"},
                                   {"~/", "/home/ada/"},
                                   {"~/a folder/b", "/home/ada/a folder/b"},
                                   {"./~/a", "./~/a"},
                                   {"a~/b", "a~/b"},
                                   {"/~", "/~"}}) {
    for (char const* const key : {"run.folder", "data.raw", "data.shards", "log.backup_folder"}) {
      Config const config = load_text("", {fmt::format("{}={}", key, yaml)});
      std::vector<ConfigDifference> const changed = changes(config);
      ASSERT_EQ(changed.size(), 1u) << key << ' ' << yaml;
      EXPECT_EQ(changed[0].key, key);
      EXPECT_EQ(changed[0].is, path) << key;
      EXPECT_TRUE(compare_configs(config, config_from_json(config_to_json(config), "x")).empty());
    }
  }
  EXPECT_EQ(load_text("alert: {command: ~/notify}").alert.command, "~/notify")
      << "a shell command is not a path";
}

TEST(LoadConfigErrors, HomeFolderIsUnknown) {
  for (char const* const value : {"", static_cast<char const*>(nullptr)}) {
    HomeFolder const home(value);
    EXPECT_EQ(config_error([] { load_text("data: {raw: ~/candles}"); }),
              "x.yaml:1: data.raw: '~/candles' is in the home folder, which is unknown (the "
              "environment variable HOME is not set). Set it, or write the whole path");
  }
}

TEST(LoadConfig, ReadsByteOrderMarksLineEndingsAndTabsOfOtherSystems) {
  EXPECT_EQ(load_text("\xEF\xBB\xBFmodel:\r\n  hidden: 7\r\n").model.hidden, 7u);
  EXPECT_EQ(load_text("model:\n  hidden: 7\t# tab before a comment\n").model.hidden, 7u);
}

TEST(Overrides, TakePrecedenceOverTheFileAndEarlierOverrides) {
  Config const config =
      load_text("model: {hidden: 3, layers: 2}",
                {"model.hidden=4", "model.hidden=5", "coins=[A, B]", "data.timeframes={5m: 9}",
                 "alert.webhook_url=http://localhost:80/?a=b", "train.optimizer={beta1: 0.5}"});
  EXPECT_EQ(config.model.hidden, 5u);
  EXPECT_EQ(config.model.layers, 2u);
  EXPECT_EQ(config.coins, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(config.data.timeframes, (std::vector<TimeframeConfig>{{"5m", 5, 9}}));
  EXPECT_EQ(config.alert.webhook_url, "http://localhost:80/?a=b");
  EXPECT_EQ(config.train.optimizer.beta1, 0.5);
  EXPECT_EQ(config.train.optimizer.beta2, 0.999) << "other keys of the section keep their values";
}

TEST(Overrides, AreAppliedBeforeKeysAreComparedWithEachOther) {
  Config const config =
      load_text("data: {split: {train: 0.9}}", {"data.split.valid=0.05", "data.split.test=0.05"});
  EXPECT_EQ(config.data.split.train, 0.9);
}

}  // namespace
}  // namespace moneta
