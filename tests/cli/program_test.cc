// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"

namespace moneta {
namespace {

/// The words behind each "moneta" or "build/moneta" of a text, up to the end of its command.
std::vector<std::vector<std::string>> calls_in(std::string const& text) {
  std::vector<std::vector<std::string>> calls;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ")) continue;  // prose
    std::istringstream words(line);
    bool inside = false;
    for (std::string word; words >> word;) {
      if (word == "moneta" || word.ends_with("/moneta")) {
        calls.emplace_back();
        inside = true;
      } else if (word == "&&") {
        inside = false;
      } else if (inside) {
        if (word.ends_with(')')) word.pop_back();
        calls.back().push_back(word);
      }
    }
  }
  return calls;
}

/// Whether the program understands these words; nothing is run.
void expect_understood(std::vector<std::string> words) {
  Command chosen;
  auto const program = make_program(chosen);
  std::string text;
  for (std::string const& word : words) text += word + ' ';
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  EXPECT_NO_THROW(program->parse(words)) << text;
  EXPECT_TRUE(chosen) << text;
}

TEST(Help, OfEveryCommandHasAnExampleThatWorks) {
  Command chosen;
  auto const program = make_program(chosen);
  auto const commands = program->get_subcommands([](CLI::App*) { return true; });
  EXPECT_EQ(commands.size(), 8u);
  for (CLI::App const* const command : commands) {
    std::string const help = command->help();
    EXPECT_NE(help.find("Example:\n"), std::string::npos) << command->get_name();
    EXPECT_FALSE(command->get_description().empty()) << command->get_name();
    auto const calls = calls_in(command->get_footer());
    ASSERT_FALSE(calls.empty()) << command->get_name();
    for (auto const& call : calls) {
      ASSERT_FALSE(call.empty());
      EXPECT_EQ(call[0], command->get_name());
      expect_understood(call);
    }
  }
}

TEST(Help, OfTheProgramNamesCommandsThatThereAre) {
  Command chosen;
  auto const calls = calls_in(make_program(chosen)->get_footer());
  EXPECT_EQ(calls.size(), 4u);
  for (auto const& call : calls) expect_understood(call);
}

TEST(Help, OfEveryOptionSaysSomething) {
  Command chosen;
  auto const program = make_program(chosen);
  for (CLI::App const* const command : program->get_subcommands([](CLI::App*) { return true; })) {
    for (CLI::Option const* const option : command->get_options()) {
      EXPECT_FALSE(option->get_description().empty()) << command->get_name() << option->get_name();
    }
  }
}

TEST(Program, RefusesWhatIsNoCommand) {
  Command chosen;
  for (char const* const words : {"", "fly", "status", "status runs/x --watch --json",
                                  "completion fish", "evaluate runs/x --checkpoint second"}) {
    auto const program = make_program(chosen);
    EXPECT_THROW(program->parse(std::string(words)), CLI::ParseError) << words;
  }
}

TEST(Program, NamesTheWordThatIsNoCommand) {
  Command chosen;
  auto const refusal = [&](std::string const& words) -> std::string {
    auto const program = make_program(chosen);
    EXPECT_THROW(program->parse(words), CLI::ParseError) << words;
    try {
      refuse_unknown_command(*program);
    } catch (Error const& error) {
      EXPECT_EQ(error.exit_status(), 2);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("stauts runs/x").substr(0, 34), "there is no command 'stauts'. `mon");
  EXPECT_EQ(refusal("--verbose fly").substr(0, 27), "there is no command 'fly'. ");
  for (char const* const words : {"", "--help", "status", "--fast", "inspect --fast"}) {
    EXPECT_EQ(refusal(words), "") << words;
  }
}

}  // namespace
}  // namespace moneta
