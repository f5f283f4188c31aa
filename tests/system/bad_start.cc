// SPDX-License-Identifier: Apache-2.0
// bad_start CONFIG RANK fails|hangs: trains, but the device of RANK cannot be opened: the driver
// reports an error, or never returns.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "base/error.h"
#include "comm/session.h"
#include "config/load.h"
#include "train/run.h"

namespace moneta {
namespace {

int run(std::string const& path, std::size_t bad, std::string const& how) {
  Config const config = load_config(path);
  MpiSession session;
  auto const open = [&](DeviceConfig const& device, NodeRank rank) {
    MONETA_REQUIRE(session.rank() != bad || how == "hangs", device,
                   "its card has fallen off the bus");
    while (session.rank() == bad) std::this_thread::sleep_for(std::chrono::hours(1));
    return open_own_device(device, rank);
  };
  try {
    return run_training(session, config, open);
  } catch (CollectiveError const& failure) {
    if (session.rank() == 0) std::fprintf(stderr, "bad_start: %s\n", failure.what());
    return failure.exit_status();
  }
}

}  // namespace
}  // namespace moneta

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  try {
    return moneta::run(argv[1], std::stoul(argv[2]), argv[3]);
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "bad_start: %s\n", failure.what());
    return 1;
  }
}
