// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <exception>
#include <iostream>

#include "base/error.h"
#include "base/log.h"
#include "cli/program.h"

namespace moneta {
namespace {

int run(int count, char** words) {
  Command chosen;
  auto const program = make_program(chosen);
  try {
    program->parse(count, words);
  } catch (CLI::ParseError const& wrong) {
    refuse_unknown_command(*program);
    int const status = program->exit(wrong);
    return status == 0 ? 0 : static_cast<int>(ErrorKind::config);
  }
  return chosen();
}

}  // namespace
}  // namespace moneta

int main(int count, char** words) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of one write
  try {
    return moneta::run(count, words);
  } catch (moneta::Error const& error) {
    moneta::log_error(error.what());
    return error.exit_status();
  } catch (std::bad_alloc const&) {
    moneta::log_error(moneta::out_of_memory_text);
    return static_cast<int>(moneta::ErrorKind::device);
  } catch (std::exception const& error) {
    moneta::log_error(fmt::format("internal error: {}", error.what()));
    return static_cast<int>(moneta::ErrorKind::internal);
  }
}
