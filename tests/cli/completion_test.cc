// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "config/keys.h"
#include "config/yaml.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

/// The candidates for a command line, in a folder with some configurations and runs.
class Completions : public testing::Test {
 protected:
  void SetUp() override {
    for (char const* const name : {"configs", "runs/demo", "runs/old/checkpoints", "runs/none"}) {
      fs::create_directories(folder_ / name);
    }
    for (char const* const name :
         {"configs/upbit8.yaml", "configs/two words.yaml", "configs/README.md",
          "configs/.hidden.yaml", "runs/demo/status.json", "runs/old/checkpoints/index.json",
          "BTC.h5"}) {
      write_bytes(folder_ / name, "");
    }
    fs::current_path(folder_.path());
  }
  void TearDown() override { fs::current_path(before_); }

  /// The candidates, each followed by a "|".
  static std::string candidates(Strings const& words) {
    std::string text;
    for (std::string const& each : complete(describe_program(), words).candidates) {
      text += each + "|";
    }
    return text;
  }

  ScratchFolder folder_;
  fs::path const before_ = fs::current_path();
};

TEST_F(Completions, FitTheWordsAsBashBreaksThem) {
  struct {
    Strings words;
    char const* candidates;
  } const cases[] = {
      {{}, "synth|import|fetch|prepare|plan|train|status|evaluate|inspect|completion|"},
      {{"tr"}, "train|"},
      {{""}, "synth|import|fetch|prepare|plan|train|status|evaluate|inspect|completion|"},
      {{"nonsense", ""}, ""},
      {{"--"}, "--help|--version|"},
      {{"train", ""}, "configs|runs|"},
      {{"train", "configs/"}, "configs/two words.yaml|configs/upbit8.yaml|"},
      {{"train", "configs/."}, "configs/.hidden.yaml|"},
      {{"train", "configs/two\\ w"}, "configs/two words.yaml|"},
      {{"train", "'configs/two w"}, "configs/two words.yaml|"},
      {{"train", "missing/"}, ""},
      {{"train", "configs/x.yaml", "model.t"},
       "model.transformer.enabled=|model.transformer.layers=|model.transformer.heads=|"
       "model.transformer.feedforward=|"},
      {{"train", "configs/x.yaml", "model.hidden", "=", "512", "device.ki"}, "device.kind=|"},
      {{"train", "configs/x.yaml", "device.kind", "="}, "auto|cpu|cuda|"},
      {{"train", "configs/x.yaml", "device.kind", "=", "cu"}, "cuda|"},
      {{"train", "configs/x.yaml", "model.bidirectional", "=", ""}, "true|false|"},
      {{"train", "configs/x.yaml", "model.hidden", "="}, ""},
      {{"plan", "--ranks", "2", "configs/x.yaml", "train.lo"}, "train.loss=|"},
      {{"plan", "--ranks", "=", "2", "configs/x.yaml", "train.lo"}, "train.loss=|"},
      {{"plan", "--ranks", ""}, ""},
      {{"plan", "-"}, "--help|-h|--ranks|"},
      {{"status", ""}, "runs/demo|runs/old|"},
      {{"status", "runs/d"}, "runs/demo|"},
      {{"status", "runs/demo", "--w"}, "--watch|"},
      {{"status", "runs/demo", ""}, ""},
      {{"evaluate", "runs/demo", "--checkpoint", ""}, "best|last|"},
      {{"evaluate", "runs/demo", "--checkpoint", "=", "l"}, "last|"},
      {{"evaluate", "runs/demo", "--shards", "r"}, "runs|"},
      {{"inspect", "B"}, "BTC.h5|"},
      {{"import", "B"}, "BTC.h5|"},
      {{"import", "BTC.h5", "--to", "run"}, "runs|"},
      {{"import", "--coin", ""}, ""},
      {{"import", "--time-zone", ""}, ""},
      {{"import", "BTC.h5", "--any-interval", "B"}, "BTC.h5|"},
      {{"completion", ""}, "bash|zsh|"},
  };
  for (auto const& each : cases) {
    EXPECT_EQ(candidates(each.words), each.candidates) << testing::PrintToString(each.words);
  }
}

TEST_F(Completions, ReplaceWholeWordsWhereTheShellDoesNotBreakThem) {
  EXPECT_EQ(candidates({"train", "x.yaml", "device.kind=c"}), "device.kind=cpu|device.kind=cuda|");
  EXPECT_EQ(candidates({"evaluate", "runs/demo", "--checkpoint=b"}), "--checkpoint=best|");
}

TEST_F(Completions, LookUpTheHomeFolderAndKeepItsTilde) {
  std::string const home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::setenv("HOME", folder_.path().c_str(), 1);
  EXPECT_EQ(candidates({"status", "~/runs/"}), "~/runs/demo|~/runs/old|");
  EXPECT_EQ(candidates({"train", "~/configs/u"}), "~/configs/upbit8.yaml|");
  ::setenv("HOME", home.c_str(), 1);
}

TEST_F(Completions, SayWhetherTheyAreFiles) {
  CommandDescription const program = describe_program();
  EXPECT_EQ(to_text(complete(program, {"inspect", "B"})), "files\nBTC.h5\n");
  EXPECT_EQ(to_text(complete(program, {"tr"})), "words\ntrain\n");
  EXPECT_EQ(to_text(complete(program, {"nonsense", ""})), "words\n");
}

TEST_F(Completions, ListEveryKeyOfTheConfiguration) {
  std::string all;
  for (ConfigKey const& key : config_keys()) all += key.name + "=|";
  EXPECT_EQ(candidates({"synth", "configs/x.yaml", ""}), all);
}

TEST(KeyChoices, AreAllTheWordsThatAKeyAccepts) {
  std::size_t with_choices = 0;
  for (ConfigKey const& key : config_keys()) {
    if (key.range.starts_with("one of ") || key.range == "true or false") {
      EXPECT_FALSE(key.choices.empty()) << key.name;
    }
    for (std::string const& word : key.choices) {
      Config config;
      EXPECT_NO_THROW(key.set(config, read_yaml(word, key.name, YamlLocation::none))) << key.name;
      EXPECT_NE(key.range.find(word), std::string::npos) << key.name;
    }
    with_choices += key.choices.empty() ? 0 : 1;
  }
  EXPECT_GE(with_choices, 13u);
}

}  // namespace
}  // namespace moneta
