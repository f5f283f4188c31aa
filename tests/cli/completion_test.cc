// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "cli/completion_script.h"
#include "cli/program.h"
#include "config/keys.h"
#include "config/yaml.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// What bash offers for a command line, in a folder with some configs and runs.
class Completions : public testing::Test {
 protected:
  void SetUp() override {
    Command chosen;
    write_bytes(folder_ / "completion.bash", bash_completion(*make_program(chosen)));
    for (char const* const name : {"configs", "runs/demo", "runs/old/checkpoints", "runs/none"}) {
      fs::create_directories(folder_ / name);
    }
    for (char const* const name :
         {"configs/upbit8.yaml", "configs/two words.yaml", "configs/README.md",
          "runs/demo/status.json", "runs/old/checkpoints/index.json", "BTC.h5"}) {
      write_bytes(folder_ / name, "");
    }
  }

  /// `words`: the words of the line as bash breaks them, in shell quotes where need be. The offers,
  /// each followed by a "|".
  std::string offers(std::string const& words, std::string const& before = "") const {
    write_bytes(folder_ / "try.bash",
                "cd '" + folder_.path().string() + "'\nsource completion.bash\n" + before +
                    "\nCOMP_WORDS=(moneta " + words +
                    ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_moneta\n"
                    "for each in \"${COMPREPLY[@]}\"; do printf '%s|' \"$each\"; done\n");
    std::string const command = "bash --norc -u '" + (folder_ / "try.bash").string() + "' 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> piece{};
    while (std::size_t const size = std::fread(piece.data(), 1, piece.size(), pipe)) {
      text.append(piece.data(), size);
    }
    EXPECT_EQ(::pclose(pipe), 0) << text;
    return text;
  }

  ScratchFolder folder_;
};

TEST_F(Completions, OfferWhatFits) {
  struct {
    char const* words;
    char const* offers;
  } const cases[] = {
      {"tr", "train|"},
      {"''", "synth|prepare|plan|train|status|evaluate|inspect|completion|"},
      {"nonsense ''", ""},
      {"--", "--help|--version|"},
      {"train ''", "configs|runs|"},
      {"train configs/", "configs/two words.yaml|configs/upbit8.yaml|"},
      {"train configs/x.yaml model.t",
       "model.transformer.enabled=|model.transformer.layers=|model.transformer.heads=|"
       "model.transformer.feedforward=|"},
      {"train configs/x.yaml model.hidden = 512 device.ki", "device.kind=|"},
      {"train configs/x.yaml device.kind =", "auto|cpu|cuda|"},
      {"train configs/x.yaml device.kind = cu", "cuda|"},
      {"train configs/x.yaml model.bidirectional = ''", "true|false|"},
      {"train configs/x.yaml model.hidden =", ""},
      {"plan --ranks 2 configs/x.yaml train.lo", "train.loss=|"},
      {"plan --ranks = 2 configs/x.yaml train.lo", "train.loss=|"},
      {"plan --ranks ''", ""},
      {"plan -", "--help|-h|--ranks|"},
      {"status ''", "runs/demo|runs/old|"},
      {"status runs/d", "runs/demo|"},
      {"status runs/demo --w", "--watch|"},
      {"status runs/demo ''", ""},
      {"evaluate runs/demo --checkpoint ''", "best|last|"},
      {"evaluate runs/demo --checkpoint = l", "last|"},
      {"evaluate runs/demo --shards r", "runs|"},
      {"inspect B", "BTC.h5|"},
      {"completion ''", "bash|"},
  };
  for (auto const& each : cases) EXPECT_EQ(offers(each.words), each.offers) << each.words;
}

TEST_F(Completions, GiveWholeWordsWhereBashDoesNotBreakThemAtTheSign) {
  std::string const before = "COMP_WORDBREAKS=' '";
  EXPECT_EQ(offers("train x.yaml device.kind=c", before), "device.kind=cpu|device.kind=cuda|");
  EXPECT_EQ(offers("evaluate runs/demo --checkpoint=b", before), "--checkpoint=best|");
}

TEST_F(Completions, OfferEveryKeyOfTheConfig) {
  std::string all;
  for (ConfigKey const& key : config_keys()) all += key.name + "=|";
  EXPECT_EQ(offers("synth configs/x.yaml ''"), all);
}

TEST(KeyChoices, AreAllTheWordsThatAKeyTakes) {
  std::size_t with_choices = 0;
  for (ConfigKey const& key : config_keys()) {
    bool const says_words = key.says.starts_with("one of ") || key.says == "true or false";
    if (says_words) {
      EXPECT_FALSE(key.choices.empty()) << key.name;
    }
    for (std::string const& word : key.choices) {
      Config config;
      EXPECT_NO_THROW(key.set(config, read_yaml(word, key.name, YamlPlace::none))) << key.name;
      EXPECT_NE(key.says.find(word), std::string::npos) << key.name;
    }
    with_choices += key.choices.empty() ? 0 : 1;
  }
  EXPECT_GE(with_choices, 13u);
}

}  // namespace
}  // namespace moneta
