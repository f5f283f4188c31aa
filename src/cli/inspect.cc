// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "checkpoint/describe.h"
#include "cli/commands.h"
#include "data/inspect.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

int inspect(fs::path const& path) {
  MONETA_REQUIRE(fs::exists(path), data, "there is no '{}'", path.string());
  Json description;
  if (path.extension() == ".safetensors") {
    description = describe_checkpoint(path);
  } else if (path.extension() == ".h5") {
    description = describe_shard(path);
  } else {
    throw Error(
        ErrorKind::config,
        fmt::format(
            "'{}' is neither a shard (.h5) nor a checkpoint (.safetensors). Name a file in data/shards/ or in a run's checkpoints/",
            path.string()));
  }
  std::printf("%s\n", description.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return description.value("sound", true) ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace

void add_inspect(CLI::App& program, Command& chosen) {
  CLI::App* const command =
      program.add_subcommand("inspect", "what is in a shard or a checkpoint, and is it sound");
  command->footer("Example:\n  moneta inspect data/shards/KRW-BTC/2025-01.h5");
  auto const path = std::make_shared<std::string>();
  command->add_option("FILE", *path, "a shard (.h5) or a checkpoint (.safetensors)")->required();
  command->callback([path, &chosen] { chosen = [path] { return inspect(*path); }; });
}

}  // namespace moneta
