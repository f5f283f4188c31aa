// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <exception>
#include <string_view>

#include "backend/benchmark_child.h"
#include "backend/gpus.h"
#include "base/log.h"
#include "cli/error_report.h"
#include "cli/program.h"

namespace moneta {
namespace {

/// The program starts itself with this command to try an algorithm that may never return.
constexpr char benchmark_command[] = "lstm-benchmark";

int run(int count, char** words) {
  set_cuda_environment();
  if (count == 3 && std::string_view(words[1]) == benchmark_command) {
    run_persistent_benchmark(words[2]);
  }
  set_benchmark_program({"/proc/self/exe", benchmark_command});
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
