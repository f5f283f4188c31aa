// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/json.h"
#include "checkpoint/describe.h"
#include "cli/commands.h"
#include "data/inspect.h"

namespace moneta {

int inspect_command(std::string const& file) {
  std::filesystem::path const path = file;
  MONETA_REQUIRE(std::filesystem::exists(path), data, "there is no '{}'", file);
  Json description;
  if (path.extension() == ".safetensors") {
    description = describe_checkpoint(path);
  } else if (path.extension() == ".h5") {
    description = describe_shard(path);
  } else {
    throw Error(ErrorKind::config,
                fmt::format("'{}' is neither a shard (.h5) nor a checkpoint (.safetensors). Name a "
                            "file in data/shards/ or in the checkpoints/ of a run",
                            file));
  }
  std::printf("%s\n", description.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return description.value("sound", true) ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace moneta
