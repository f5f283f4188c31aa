// SPDX-License-Identifier: Apache-2.0
// How a job ends when ranks fail; argv[1] says how. The exit status of mpirun is what is tested.
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
    if (session.rank() == 1) throw Error(ErrorKind::data, "rank 1 cannot go on");
    session.collective([] {});
  } else if (how == "error-on-all") {
    session.collective([] { throw Error(ErrorKind::disk, "no rank can go on"); });
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
