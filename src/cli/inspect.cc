// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "checkpoint/describe.h"
#include "cli/commands.h"
#include "data/inspect.h"
#include "data/quality_file.h"
#include "data/quality_table.h"

namespace moneta {

namespace {

/// Prints what `moneta prepare` recorded of the coins of a folder.
int inspect_folder(std::filesystem::path const& folder) {
  auto const coins = read_quality(folder);
  std::printf("%s", quality_table(coins).c_str());
  std::fflush(stdout);
  for (auto const& warning : quality_warnings(coins)) log_warning(warning);
  for (auto const& failure : quality_failures(coins)) log_error(failure);
  return 0;
}

}  // namespace

int inspect_command(std::string const& name) {
  std::filesystem::path const path = name;
  MONETA_REQUIRE(std::filesystem::exists(path), data, "there is no '{}'", name);
  if (std::filesystem::is_directory(path)) return inspect_folder(path);
  Json description;
  if (path.extension() == ".safetensors") {
    description = describe_checkpoint(path);
  } else if (path.extension() == ".h5") {
    description = describe_shard(path);
  } else {
    throw Error(ErrorKind::config,
                fmt::format("'{}' is neither a shard (.h5) nor a checkpoint (.safetensors). Name a "
                            "file in data/shards/ or in the checkpoints/ of a run",
                            name));
  }
  std::printf("%s\n", description.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return description.value("sound", true) ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace moneta
