// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/load.h"

#include "base/digest.h"
#include "base/error.h"
#include "io/inside.h"

namespace moneta {
namespace fs = std::filesystem;

CoinState load_checkpoint(fs::path const& folder, SavedCheckpoint const& entry) {
  fs::path const path = folder / entry.file;
  require_inside(folder, path);
  std::string const file = fmt::format("'{}'", path.string());
  std::error_code failed;
  auto const bytes = fs::file_size(path, failed);
  MONETA_REQUIRE(!failed, data, "{} cannot be read ({})", file, failed.message());
  MONETA_REQUIRE(bytes == entry.bytes, data, "{} has {} bytes ({} were written)", file, bytes,
                 entry.bytes);
  MONETA_REQUIRE(
      digest_of_file(path) == entry.sha256, data,
      "{} is damaged (its SHA-256 is not the one in index.json). Restore it from a copy?", file);
  CoinState state = read_checkpoint(path);
  CoinHeader const& header = state.header;
  bool const same = header.coin == entry.coin && header.progress.epoch == entry.epoch &&
                    header.progress.update_in_epoch == entry.update_in_epoch &&
                    header.progress.update == entry.update;
  MONETA_REQUIRE(
      same, data,
      "{} belongs to another coin or update than its entry in index.json (coin {}, epoch {})", file,
      header.coin, header.progress.epoch);
  return state;
}

std::optional<LoadedCheckpoint> load_newest(fs::path const& folder, CheckpointIndex const& index,
                                            std::string const& coin) {
  auto const& entries = entries_of(index, coin);
  if (entries.empty()) return {};
  std::vector<std::string> rejected;
  for (auto each = entries.rbegin(); each != entries.rend(); ++each) {
    try {
      return LoadedCheckpoint{load_checkpoint(folder, *each), *each, rejected};
    } catch (Error const& error) {
      rejected.push_back(error.what());
    }
  }
  std::string reasons;
  for (auto const& each : rejected) reasons += (reasons.empty() ? "" : "; ") + each;
  throw Error(
      ErrorKind::data,
      fmt::format(
          "no checkpoint of {} can be used ({}). Restore the files from copies, or move the folder '{}' away to start this coin from the beginning?",
          coin, reasons, (folder / coin).string()));
}

}  // namespace moneta
