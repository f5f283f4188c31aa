// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/completion_script.h"

namespace moneta {

void add_completion(CLI::App& program, Command& chosen) {
  CLI::App* const command =
      program.add_subcommand("completion", "a script that makes a shell complete the command line");
  command->footer("Example:\n  source <(build/moneta completion bash)");
  auto const shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  command->callback([shell, &program, &chosen] {
    chosen = [&program] {
      std::fputs(bash_completion(program).c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace moneta
