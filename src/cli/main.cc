// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <exception>

#include "base/log.h"
#include "cli/error_report.h"
#include "cli/program.h"

namespace moneta {
namespace {

int run(int count, char** words) {
  CommandLine const line = parse_command_line({words + 1, words + count});
  if (line.command) return line.command();
  std::fputs(line.text.c_str(), line.exit_status == 0 ? stdout : stderr);
  return line.exit_status;
}

}  // namespace
}  // namespace moneta

int main(int count, char** words) {
  std::signal(SIGXFSZ, SIG_IGN);  // exceeding a file-size limit is an error of one write
  try {
    return moneta::run(count, words);
  } catch (std::exception const& exception) {
    moneta::Error const error = moneta::as_error(exception);
    moneta::log_error(moneta::final_text(error));
    return error.exit_status();
  }
}
