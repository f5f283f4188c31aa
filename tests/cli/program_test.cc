// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/version.h"
#include "cli/error_report.h"

namespace moneta {
namespace {

std::vector<std::string> split(std::string const& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// The words after each "moneta" or "build/moneta" of a text, up to the end of the command.
std::vector<std::vector<std::string>> calls_in(std::string const& text) {
  std::vector<std::vector<std::string>> calls;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ")) continue;  // prose
    bool inside = false;
    for (std::string word : split(line)) {
      if (word == "moneta" || word.ends_with("/moneta") || word == "<(moneta") {
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

/// Checks that the program accepts these words; nothing is run.
void expect_accepted(std::vector<std::string> const& words) {
  std::string text;
  for (std::string const& word : words) text += word + ' ';
  CommandLine line;
  EXPECT_NO_THROW(line = parse_command_line(words)) << text;
  EXPECT_TRUE(line.command) << text;
}

TEST(Help, OfEveryCommandHasAnExampleThatIsAccepted) {
  CommandDescription const program = describe_program();
  EXPECT_EQ(program.commands.size(), 10u);
  for (CommandDescription const& command : program.commands) {
    EXPECT_NE(command.help.find("Example:\n"), std::string::npos) << command.name;
    EXPECT_FALSE(command.description.empty()) << command.name;
    auto const calls = calls_in(command.footer);
    ASSERT_FALSE(calls.empty()) << command.name;
    for (auto const& call : calls) {
      ASSERT_FALSE(call.empty());
      EXPECT_EQ(call[0], command.name);
      expect_accepted(call);
    }
  }
}

TEST(Help, OfTheProgramNamesExistingCommands) {
  auto const calls = calls_in(describe_program().footer);
  EXPECT_EQ(calls.size(), 4u);
  for (auto const& call : calls) expect_accepted(call);
}

TEST(Help, DescribesEveryArgument) {
  for (CommandDescription const& command : describe_program().commands) {
    for (ArgumentDescription const& argument : command.arguments) {
      EXPECT_FALSE(argument.description.empty()) << command.name << ' ' << argument.value;
    }
  }
}

TEST(CommandLines, MayHaveValuesThatBeginWithADash) {
  for (char const* const words : {"import a.csv b --to raw --time-zone -05:00 --replace",
                                  "import a.csv --to raw --time-zone=-05:00",
                                  "import a.csv --to raw --columns=-,timestamp,open"}) {
    expect_accepted(split(words));
  }
}

TEST(CommandLines, PrintHelpAndVersionWithStatus0) {
  CommandLine const help = parse_command_line({"--help"});
  EXPECT_FALSE(help.command);
  EXPECT_EQ(help.exit_status, 0);
  EXPECT_EQ(help.text, describe_program().help);
  CommandLine const version = parse_command_line({"--version"});
  EXPECT_EQ(version.exit_status, 0);
  EXPECT_EQ(version.text, "moneta " + version_text() + "\n");
  EXPECT_TRUE(version_text().starts_with(version_number())) << version_text();
}

TEST(CommandLines, AreUsageErrorsIfAnArgumentIsMissingOrInvalid) {
  for (char const* const words : {"", "status", "status runs/x --watch --json", "completion fish",
                                  "evaluate runs/x --checkpoint second", "plan x.yaml --ranks 0",
                                  "import a.csv", "import --to raw"}) {
    CommandLine const line = parse_command_line(split(words));
    EXPECT_FALSE(line.command) << words;
    EXPECT_EQ(line.exit_status, 2) << words;
    EXPECT_FALSE(line.text.empty()) << words;
  }
}

TEST(CommandLines, AreErrorsThatNameTheWordWhichIsNotACommand) {
  auto const error_of = [&](std::string const& words) -> std::string {
    try {
      parse_command_line(split(words));
    } catch (Error const& error) {
      EXPECT_EQ(error.exit_status(), 2);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(error_of("stauts runs/x").substr(0, 34), "there is no command 'stauts'. `mon");
  EXPECT_EQ(error_of("--verbose fly").substr(0, 27), "there is no command 'fly'. ");
  EXPECT_NE(error_of("fly"), "");
  for (char const* const words : {"", "--help", "status", "--fast", "inspect --fast"}) {
    EXPECT_EQ(error_of(words), "") << words;
  }
}

TEST(FinalText, AsksToReportInternalErrorsOnly) {
  EXPECT_EQ(final_text({ErrorKind::data, "no rows"}), "no rows");
  for (char const* const text : {"no rows", "no rows."}) {
    EXPECT_EQ(
        final_text({ErrorKind::internal, text}),
        "no rows. This is a mistake in the program; please report it with the version, moneta " +
            version_text());
  }
}

}  // namespace
}  // namespace moneta
