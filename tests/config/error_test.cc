// SPDX-License-Identifier: Apache-2.0
#include "config/scratch.h"

namespace moneta {
namespace {

struct ErrorCase {
  std::string name, text, expected;
};

void PrintTo(ErrorCase const& test, std::ostream* out) { *out << test.name; }

class ConfigFile : public testing::TestWithParam<ErrorCase> {};

TEST_P(ConfigFile, IsRejectedWithLocationAndReason) {
  EXPECT_EQ(config_error([] { load_text(GetParam().text); }), GetParam().expected);
}

// The text of yaml-cpp 0.8 contains the anchor, that of 0.7 does not.
TEST(ConfigFileErrors, UndefinedAliasIsReportedWithItsLine) {
  std::string const text = config_error([] { load_text("run:\n  name: *a"); });
  EXPECT_TRUE(text.starts_with("x.yaml:2: invalid YAML (the referenced anchor is not defined"))
      << text;
}

std::string const all_keys = "configs/README.md lists all keys";
std::string const sections =
    "(valid keys: alert, checkpoint, coins, data, device, fetch, log, model, placement, run, synth, train)";
std::string const a_name =
    "a name of letters, digits, '.', '_' and '-' that starts with a letter or digit.";

std::string nested(std::size_t levels, std::string const& open) {
  std::string text = "a: ";
  for (std::size_t i = 0; i < levels; ++i) text += open;
  return text;
}

std::vector<ErrorCase> key_cases() {
  return {
      {"MisspeltKey", "run: {name: a}\nmodel:\n  hiden: 3\n",
       "x.yaml:3: model.hiden is not a key (did you mean model.hidden?). " + all_keys},
      {"SwappedLetters", "train: {epcohs: 3}",
       "x.yaml:1: train.epcohs is not a key (did you mean train.epochs?). " + all_keys},
      {"MisspeltSection", "\ntrian: {epochs: 3}",
       "x.yaml:2: trian is not a key (did you mean train?). " + all_keys},
      {"RightWordInTheWrongSection", "train: {learning_rate: 3}",
       "x.yaml:1: train.learning_rate is not a key (did you mean "
       "train.optimizer.learning_rate?). " +
           all_keys},
      {"NoSimilarKey", "qwertz: 3", "x.yaml:1: qwertz is not a key " + sections + ". " + all_keys},
      {"NoSimilarKeyInTheSection", "model: {qwertz: 3}",
       "x.yaml:1: model.qwertz is not a key (valid keys: model.bidirectional, model.dropout, "
       "model.hidden, model.layers, model.transformer). " +
           all_keys},
      {"DuplicateKey", "model:\n  hidden: 3\n  layers: 1\n  hidden: 4\n",
       "x.yaml:4: the key 'hidden' occurs twice (first at x.yaml:2). Remove one of them"},
      {"DuplicateSection", "model: {hidden: 3}\nrun: {name: a}\nmodel: {layers: 1}\n",
       "x.yaml:3: the key 'model' occurs twice (first at x.yaml:1). Remove one of them"},
      {"DuplicateTimeframe", "data: {timeframes: {1m: 3, 1m: 3}}",
       "x.yaml:1: the key '1m' occurs twice (first at x.yaml:1). Remove one of them"},
      {"DottedKey", "model.hidden: 3",
       "x.yaml:1: model.hidden is written with dots (the keys in a file are nested). Write the "
       "part before the dot followed by a colon, and the rest indented on the next line"},
      {"SectionThatIsANumber", "model: 3",
       "x.yaml:1: model: '3' is not a map of keys (valid keys: model.bidirectional, "
       "model.dropout, model.hidden, model.layers, model.transformer). Write them as key: value"},
      {"FileThatIsAString", "hello",
       "x.yaml:1: 'hello' is not a map of keys " + sections + ". Write them as key: value"},
      {"FileThatIsAList", "- hello",
       "x.yaml:1: a list is not a map of keys " + sections + ". Write them as key: value"},
  };
}

std::vector<ErrorCase> yaml_cases() {
  std::string const levels =
      ": more than 16 levels of lists and maps (no key has that many). Is a bracket missing?";
  std::string const check = "). Check the indentation, the colons and the brackets there";
  std::string indented;
  for (std::size_t i = 0; i < 600; ++i) indented += std::string(i, ' ') + "a:\n";
  return {
      {"Tab", "model:\n\thidden: 3\n",
       "x.yaml:2: indented with a tab (YAML requires spaces). Replace the tab with spaces"},
      {"TabAfterSpaces", "model:\n  \thidden: 3\n",
       "x.yaml:2: indented with a tab (YAML requires spaces). Replace the tab with spaces"},
      {"ZeroByte", std::string("run:\n  name: a\0b", 16),
       "x.yaml:2: contains a zero byte (so this is not a text file). Is it the right file?"},
      {"NotUtf8",
       "run:\n  folder: donn\xe9"
       "es",
       "x.yaml:2: contains bytes that are not UTF-8 (they would be misread). Save the text as UTF-8"},
      {"Anchor", "run: {name: &a b}",
       "x.yaml:1: anchors (&) and aliases (*) are not supported. Write the value out, and quote it "
       "if it is a string that starts with & or *"},
      {"Alias", "model: &a {hidden: 3}\ntrain: *a",
       "x.yaml:1: anchors (&) and aliases (*) are not supported. Write the value out, and quote it "
       "if it is a string that starts with & or *"},
      {"MergeKey", "model:\n  <<: {hidden: 3}",
       "x.yaml:2: merge keys (<<) are not supported. Write the keys out"},
      {"Tag", "run: {name: !!str a}",
       "x.yaml:1: the tag 'tag:yaml.org,2002:str' is not supported. Write the value without it"},
      {"NoSpaceAfterAColon", "data:\n  timeframes: {1m:60}",
       "x.yaml:2: the key '1m:60' contains a colon (in YAML, a colon ends a key only if a space "
       "follows). Write the space, as in 1m: 240"},
      {"KeyThatIsAList", "[a, b]: 3", "x.yaml:1: a list cannot be a key (a key is a name)"},
      {"KeyThatIsNull", "null: 3", "x.yaml:1: null cannot be a key (a key is a name)"},
      {"SecondDocument", "run: {name: a}\n---\nrun: {name: b}\n",
       "x.yaml: more than one YAML document (separated by '---' or '...'). Keep one"},
      {"OpenBracket", "coins: [A",
       "x.yaml:1: invalid YAML (end of sequence flow not found" + check},
      {"WrongIndentation", "run: a\n  name: b\n",
       "x.yaml:2: invalid YAML (illegal map value" + check},
      {"ManyBrackets", nested(100000, "["), "x.yaml:1" + levels},
      {"ManyBraces", nested(100000, "{a: "), "x.yaml:1" + levels},
      {"ManyIndentedLevels", indented, "x.yaml:17" + levels},
  };
}

std::vector<ErrorCase> value_cases() {
  std::string const epochs = " is not a whole number from 1 to 100000.";
  std::string const fraction = " is not a number above 0, up to 1.";
  return {
      {"StringForAWholeNumber", "train: {epochs: many}", "x.yaml:1: train.epochs: 'many'" + epochs},
      {"QuotedNumber", "train: {epochs: '3'}",
       "x.yaml:1: train.epochs: \"3\" (a quoted string)" + epochs},
      {"FractionForAWholeNumber", "train: {epochs: 3.5}", "x.yaml:1: train.epochs: '3.5'" + epochs},
      {"HexadecimalNumber", "train: {epochs: 0x10}", "x.yaml:1: train.epochs: '0x10'" + epochs},
      {"OctalNumber", "train: {epochs: 0o10}", "x.yaml:1: train.epochs: '0o10'" + epochs},
      {"NumberWithUnderscore", "train: {epochs: 1_0}", "x.yaml:1: train.epochs: '1_0'" + epochs},
      {"NegativeNumber", "train: {epochs: -3}", "x.yaml:1: train.epochs: '-3'" + epochs},
      {"NumberBelowTheRange", "train: {epochs: 0}", "x.yaml:1: train.epochs: '0'" + epochs},
      {"NumberAboveTheRange", "train: {epochs: 100001}",
       "x.yaml:1: train.epochs: '100001'" + epochs},
      {"NumberTooLargeForTheMachine", "train: {epochs: 99999999999999999999999}",
       "x.yaml:1: train.epochs: '99999999999999999999999'" + epochs},
      {"NoNumber", "train: {epochs: }", "x.yaml:1: train.epochs: null" + epochs},
      {"ListForANumber", "train: {epochs: [3]}", "x.yaml:1: train.epochs: a list" + epochs},
      {"MapForANumber", "train: {epochs: {a: 3}}", "x.yaml:1: train.epochs: a map" + epochs},
      {"SeedAboveTheRange", "run: {seed: 18446744073709551616}",
       "x.yaml:1: run.seed: '18446744073709551616' is not a whole number from 0 to "
       "18446744073709551615."},
      {"RealAtTheExcludedLowerEnd", "device: {memory_fraction: 0}",
       "x.yaml:1: device.memory_fraction: '0'" + fraction},
      {"RealAboveTheRange", "device: {memory_fraction: 1.01}",
       "x.yaml:1: device.memory_fraction: '1.01'" + fraction},
      {"RealAtTheExcludedUpperEnd", "train: {optimizer: {beta1: 1}}",
       "x.yaml:1: train.optimizer.beta1: '1' is not a number from 0, below 1."},
      {"RealBelowTheRange", "model: {dropout: -0.1}",
       "x.yaml:1: model.dropout: '-0.1' is not a number from 0 to 0.9."},
      {"NotANumber", "device: {memory_fraction: nan}",
       "x.yaml:1: device.memory_fraction: 'nan'" + fraction},
      {"YamlNotANumber", "device: {memory_fraction: .nan}",
       "x.yaml:1: device.memory_fraction: '.nan'" + fraction},
      {"Infinity", "device: {memory_fraction: inf}",
       "x.yaml:1: device.memory_fraction: 'inf'" + fraction},
      {"RealTooLargeForTheMachine", "device: {memory_fraction: 1e999}",
       "x.yaml:1: device.memory_fraction: '1e999'" + fraction},
      {"YesForTrue", "log: {compress: yes}", "x.yaml:1: log.compress: 'yes' is not true or false."},
      {"OneForTrue", "log: {compress: 1}", "x.yaml:1: log.compress: '1' is not true or false."},
      {"QuotedTrue", "log: {compress: 'true'}",
       "x.yaml:1: log.compress: \"true\" (a quoted string) is not true or false."},
      {"UnknownWord", "run: {resume: maybe}",
       "x.yaml:1: run.resume: 'maybe' is not one of auto, never, always."},
      {"WordOtherThanTheOnlyOne", "train: {optimizer: {name: sgd}}",
       "x.yaml:1: train.optimizer.name: 'sgd' is not adamw."},
      {"EmptyString", "data: {raw: ''}",
       "x.yaml:1: data.raw: \"\" (a quoted string) is not a "
       "non-empty string."},
      {"StringOfTwoLines", "data: {raw: \"a\\nb\"}",
       "x.yaml:1: data.raw: \"a?b\" (a quoted string) is not a string without control characters."},
      {"ListForAString", "data: {raw: [a]}", "x.yaml:1: data.raw: a list is not a string."},
      {"HomeFolderOfAnotherUser", "run: {folder: ~ada/runs}",
       "x.yaml:1: run.folder: '~ada/runs' names the home folder of another user (only ~ and ~/... "
       "are replaced). Write the whole path, or ./~... if the folder has this name"},
      {"LongString", "train: {epochs: " + std::string(200, 'a') + "}",
       "x.yaml:1: train.epochs: '" + std::string(80, 'a') + "...'" + epochs},
      {"NullableNumber", "device: {memory_limit_mib: lots}",
       "x.yaml:1: device.memory_limit_mib: 'lots' is not a whole number from 1 to 16777216."},
  };
}

std::vector<ErrorCase> list_cases() {
  std::string const coins = " is not a list of 1 to 1000 different names";
  std::string const placement = " is not a list of lists of coins, one list per rank, or null.";
  std::string many = "coins: [c0";
  for (int i = 1; i <= 1000; ++i) many += fmt::format(", c{}", i);
  std::string const base_url =
      "the value is not a URL that starts with http:// or https://, without a user, a query or a "
      "fragment (it may contain a secret, so it is not shown)";
  std::string const minute =
      " is not a date like 2025-01-31 or a minute like 2025-01-31T12:30:00Z, in UTC, from 1970 to "
      "2199.";
  return {
      {"NoCoins", "coins: []", "x.yaml:1: coins: a list" + coins + " (it has 0)."},
      {"TooManyCoins", many + "]", "x.yaml:1: coins: a list" + coins + " (it has 1001)."},
      {"CoinsThatAreAString", "coins: KRW-BTC", "x.yaml:1: coins: 'KRW-BTC'" + coins + "."},
      {"CoinTwice", "coins:\n- A\n- B\n- A\n",
       "x.yaml:4: coins: 'A' is listed twice. Remove one of them"},
      {"CoinWithASlash", "coins:\n- A/B\n", "x.yaml:2: coins: 'A/B' is not " + a_name},
      {"CoinWithALeadingDot", "coins: [..]", "x.yaml:1: coins: '..' is not " + a_name},
      {"CoinThatIsEmpty", "coins: ['']",
       "x.yaml:1: coins: \"\" (a quoted string) is not " + a_name},
      {"CoinThatIsAList", "coins: [[A]]", "x.yaml:1: coins: a list is not " + a_name},
      {"LongestRunName", "run: {name: " + std::string(101, 'n') + "}",
       "x.yaml:1: run.name: '" + std::string(80, 'n') +
           "...' is not a name of at most 100 characters (it has 101)."},
      {"RunNameWithASlash", "run: {name: a/b}", "x.yaml:1: run.name: 'a/b' is not " + a_name},
      {"PlacementThatIsAString", "placement: A", "x.yaml:1: placement: 'A'" + placement},
      {"PlacementOfOneLevel", "placement: [A]", "x.yaml:1: placement: 'A'" + placement},
      {"PlacementOfAnUnknownCoin", "coins: [A]\nplacement: [[A, B]]",
       "x.yaml:2: placement: 'B' is not in coins. Correct the name, or set placement: null to "
       "balance the coins over the ranks"},
      {"PlacementOfACoinTwice", "coins: [A, B]\nplacement: [[A, B], [A]]",
       "x.yaml:2: placement: 'A' is listed twice (each coin has one rank). Remove one of them"},
      {"PlacementWithoutACoin", "coins: [A, B]\nplacement: [[A]]",
       "x.yaml:2: placement: 'B' is missing (every coin needs a rank). Add it, or set placement: "
       "null to balance the coins over the ranks"},
      {"NoTimeframes", "data: {timeframes: {}}",
       "x.yaml:1: data.timeframes: a map is not a map like {5m: 144}: minutes that divide 1440, "
       "and 1 to 5000 steps."},
      {"TimeframesThatAreAList", "data: {timeframes: [1m]}",
       "x.yaml:1: data.timeframes: a list is not a map like {5m: 144}: minutes that divide 1440, "
       "and 1 to 5000 steps."},
      {"TimeframeWithoutSteps", "data: {timeframes: {1m: 0}}",
       "x.yaml:1: data.timeframes.1m: '0' is not a whole number from 1 to 5000."},
      {"EndThatIsNoTime", "data: {end: never}",
       "x.yaml:1: data.end: 'never' is not common, each, or a date like 2025-01-31 or a minute "
       "like 2025-01-31T12:30:00Z, in UTC, from 1970 to 2199."},
      {"ExchangeThatIsUnknown", "fetch: {exchange: bourse}",
       "x.yaml:1: fetch.exchange: 'bourse' is not one of upbit, binance."},
      {"BaseUrlWithoutAScheme", "fetch: {url: api.example.com}",
       "x.yaml:1: fetch.url: " + base_url},
      {"BaseUrlWithAUser", "fetch: {url: 'https://me:secret@a.example'}",
       "x.yaml:1: fetch.url: " + base_url},
      {"BaseUrlWithAQuery", "fetch: {url: 'https://a.example/?key=secret'}",
       "x.yaml:1: fetch.url: " + base_url},
      {"BaseUrlWithAFragment", "fetch: {url: 'https://a.example/#x'}",
       "x.yaml:1: fetch.url: " + base_url},
      {"NoAttempts", "fetch: {attempts: 0}",
       "x.yaml:1: fetch.attempts: '0' is not a whole number from 1 to 20."},
      {"DayThatDoesNotExist", "synth: {start: 2025-02-29}",
       "x.yaml:1: synth.start: '2025-02-29'" + minute},
      {"DayOutOfRange", "synth: {start: 1969-12-31}",
       "x.yaml:1: synth.start: '1969-12-31'" + minute},
      {"MinuteThatDoesNotExist", "synth: {start: 2025-01-01T24:00}",
       "x.yaml:1: synth.start: '2025-01-01T24:00'" + minute},
      {"MinuteWithSeconds", "synth: {start: 2025-01-01T10:00:01Z}",
       "x.yaml:1: synth.start: '2025-01-01T10:00:01Z'" + minute},
      {"MinuteInAnotherTimeZone", "synth: {start: 2025-01-01T10:00:00+09}",
       "x.yaml:1: synth.start: '2025-01-01T10:00:00+09'" + minute},
      {"DayInAnotherOrder", "synth: {start: 31.01.2025}",
       "x.yaml:1: synth.start: '31.01.2025'" + minute},
  };
}

std::vector<ErrorCase> timeframe_cases() {
  std::vector<ErrorCase> cases;
  for (auto const& [name, minutes] :
       std::vector<std::pair<std::string, std::string>>{{"ThatDoNotFillADay", "7m"},
                                                        {"OfNoMinutes", "0m"},
                                                        {"WithALeadingZero", "01m"},
                                                        {"LongerThanADay", "2880m"},
                                                        {"InHours", "1h"},
                                                        {"WithoutAUnit", "5"},
                                                        {"WithoutANumber", "m"},
                                                        {"NegativeMinutes", "-1m"}}) {
    cases.push_back({"Timeframe" + name, "data:\n  timeframes: {" + minutes + ": 3}",
                     "x.yaml:2: data.timeframes: '" + minutes +
                         "' is not a timeframe (<minutes>m, where the minutes divide 1440). "
                         "Write, for example, 1m, 5m, 15m or 60m"});
  }
  return cases;
}

std::vector<ErrorCase> cross_cases() {
  return {
      {"SplitThatDoesNotSumToOne", "data:\n  split:\n    train: 0.8",
       "x.yaml:3: data.split: 0.8 + 0.15 + 0.15 is 1.1 (the shares of train, valid and test must "
       "sum to 1). Change one of them"},
      {"HugeUpdate", "train:\n  batch: 65536\n  accumulate: 65536",
       "x.yaml:3: train.batch x train.accumulate is 4294967296 sequences for one update (at most "
       "1000000). Lower one of them"},
      {"WarmUpLongerThanTheRun", "train:\n  epochs: 5\n  schedule: {warmup_epochs: 5.5}",
       "x.yaml:3: train.schedule.warmup_epochs is 5.5 (train.epochs is 5, so the full learning "
       "rate would never be reached). Lower it"},
      {"HeadsThatDoNotDivideTheWidth",
       "model:\n  hidden: 100\n  transformer:\n    enabled: true\n    heads: 12",
       "x.yaml:5: model.transformer.heads is 12 (the heads must divide the 200 outputs of the LSTM). "
       "Choose a divisor of 200?"},
  };
}

std::string case_name(testing::TestParamInfo<ErrorCase> const& test) { return test.param.name; }

INSTANTIATE_TEST_SUITE_P(Keys, ConfigFile, testing::ValuesIn(key_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Yaml, ConfigFile, testing::ValuesIn(yaml_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Values, ConfigFile, testing::ValuesIn(value_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Lists, ConfigFile, testing::ValuesIn(list_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Timeframes, ConfigFile, testing::ValuesIn(timeframe_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(SeveralKeys, ConfigFile, testing::ValuesIn(cross_cases()), case_name);

TEST(ConfigFile, MissingFileAndFolderAreReportedWithTheirPath) {
  Scratch const scratch;
  std::string const folder = scratch.path();
  EXPECT_EQ(
      config_error([&] { load_config(folder + "/none"); }),
      "cannot read the configuration '" + folder +
          "/none' (No such file or directory). Is the path correct? configs/ contains examples");
  EXPECT_EQ(config_error([&] { load_config(folder); }),
            "cannot read the configuration '" + folder + "' (it is a folder). Pass the YAML file");
}

TEST(ConfigFile, HugeFileIsRejectedBeforeItIsParsed) {
  EXPECT_EQ(config_error([] { load_text(std::string((1 << 20) + 1, '#')); }),
            "'x.yaml' is larger than 1 MiB (no configuration is). Is it the right file?");
}

class Override : public testing::TestWithParam<ErrorCase> {};

TEST_P(Override, IsRejectedAndQuoted) {
  EXPECT_EQ(
      config_error([] {
        load_text("coins: [A, B]\nplacement: [[A], [B]]", {"model.hidden=3", GetParam().text});
      }),
      GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, Override,
    testing::Values(
        ErrorCase{"MisspeltKey", "model.hiden=3",
                  "override 'model.hiden=3': model.hiden is not a key (did you mean "
                  "model.hidden?). " +
                      all_keys},
        ErrorCase{"UnknownSection", "foo.bar=3",
                  "override 'foo.bar=3': foo.bar is not a key " + sections + ". " + all_keys},
        ErrorCase{"PartOfAValue", "data.timeframes.1m=3",
                  "override 'data.timeframes.1m=3': data.timeframes.1m is not a key "
                  "(data.timeframes is set as a whole, to a map like {5m: 144}: minutes that "
                  "divide 1440, and 1 to 5000 steps). " +
                      all_keys},
        ErrorCase{
            "WithoutEquals", "model.hidden",
            "override 'model.hidden': not of the form key=value. Write, for example, model.hidden=512"},
        ErrorCase{"WithoutAKey", "=3",
                  "override '=3': not of the form key=value. Write, for example, model.hidden=512"},
        ErrorCase{
            "WithoutAValue", "model.hidden=",
            "override 'model.hidden=': model.hidden: null is not a whole number from 1 to 8192."},
        ErrorCase{"OfTheWrongType", "model.hidden=[3]",
                  "override 'model.hidden=[3]': model.hidden: a list is not a whole number from 1 "
                  "to 8192."},
        ErrorCase{
            "ThatIsNotYaml", "model.hidden=[3",
            "override 'model.hidden=[3': invalid YAML (end of sequence flow not found). Check "
            "the indentation, the colons and the brackets there"},
        ErrorCase{"NotUtf8", "alert.webhook_url=https://h.example/\xe9",
                  "override 'alert.webhook_url=...': contains bytes that are not UTF-8 (they would "
                  "be misread). Save the text as UTF-8"},
        ErrorCase{"ThatContradictsTheFile", "coins=[A]",
                  "x.yaml:2: placement: 'B' is not in coins. Correct the name, or set placement: "
                  "null to balance the coins over the ranks"}),
    case_name);

}  // namespace
}  // namespace moneta
