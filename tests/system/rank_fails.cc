// SPDX-License-Identifier: Apache-2.0
// rank_fails CONFIG RANK: a run in which RANK fails for a reason that concerns no coin while the
// other ranks wait for it. If the job does not end, all ranks exit with status 1.
#include <cstdio>
#include <memory>
#include <string>

#include "comm/session.h"
#include "config/load.h"
#include "coord/rank_link.h"
#include "run/run_folder.h"

namespace moneta {
namespace {

int run(std::string const& path, std::size_t failing) {
  Config const config = load_config(path);
  MpiSession session;
  OpenedRun opened;
  std::unique_ptr<Rank0Service> rank0_service;
  if (session.rank() == 0) {
    opened = open_run(config);
    commit_config(config);
    rank0_service = std::make_unique<Rank0Service>(config, opened.index, session.size());
  }
  RankLink link(session, std::move(rank0_service), 0);
  if (session.rank() == failing) {
    link.fail(5, "its card has fallen off the bus");
  } else {
    link.finish();
  }
  return 1;
}

}  // namespace
}  // namespace moneta

int main(int argc, char** argv) {
  if (argc != 3) return 1;
  try {
    return moneta::run(argv[1], std::stoul(argv[2]));
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "rank_fails: %s\n", failure.what());
    return 1;
  }
}
