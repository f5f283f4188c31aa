// SPDX-License-Identifier: Apache-2.0
// Ends a job in the way that argv[1] names. The tests check the exit status of mpirun.
#include <cstdio>
#include <string>
#include <thread>

#include "base/error.h"
#include "comm/session.h"

namespace moneta {
namespace {

int run(std::string const& how) {
  MpiSession session;
  if (how == "abort-on-rank-1") {
    if (session.rank() == 1) session.abort(42);
    session.collective([] {});
  } else if (how == "error-on-rank-1") {
    if (session.rank() == 1) throw Error(ErrorKind::data, "rank 1 cannot continue");
    session.collective([] {});
  } else if (how == "error-on-all") {
    session.collective([] { throw Error(ErrorKind::disk, "no rank can continue"); });
  } else if (how == "abort-alone") {
    session.abort(42);
  }
  return 0;
}

}  // namespace
}  // namespace moneta

int main(int argc, char** argv) {
  try {
    return moneta::run(argc > 1 ? argv[1] : "");
  } catch (moneta::Error const& error) {
    std::fprintf(stderr, "moneta: error: %s\n", error.what());
    return error.exit_status();
  }
}
