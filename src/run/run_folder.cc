// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/version.h"
#include "checkpoint/clean_up.h"
#include "config/load.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/json_file.h"

namespace moneta {
namespace fs = std::filesystem;

RunFolder::RunFolder(Config const& config) : root(fs::path(config.run.folder) / config.run.name) {}

namespace {

/// The settings that differ from the last start. Throws Error (config) if one of them is immutable.
std::vector<std::string> check_changes(Config const& was, Config const& is,
                                       RunFolder const& folder) {
  std::vector<std::string> changes, refused;
  for (ConfigDifference const& difference : compare_configs(was, is)) {
    (difference.immutable ? refused : changes)
        .push_back(fmt::format("{}: {} -> {}", difference.key, difference.was, difference.is));
  }
  std::string list;
  for (std::string const& line : refused) list += "\n  " + line;
  MONETA_REQUIRE(
      refused.empty(), config,
      "'{}' is a run with other settings (they determine its results):{}\nRestore them, or start another run with run.name=...",
      folder.root.string(), list);
  return changes;
}

void check_resume(Config const& config, RunFolder const& folder) {
  bool const exists = fs::exists(folder.config());
  MONETA_REQUIRE(
      !exists || config.run.resume != ResumePolicy::never, config,
      "the run '{}' exists (run.resume is never). Choose another run.name, or set run.resume=auto?",
      folder.root.string());
  MONETA_REQUIRE(
      exists || config.run.resume != ResumePolicy::always, config,
      "there is no run '{}' to resume (run.resume is always). Set run.resume=auto to start it?",
      folder.root.string());
}

bool has_checkpoints(CheckpointIndex const& index) {
  return std::any_of(index.coins.begin(), index.coins.end(),
                     [](auto const& coin) { return !coin.second.empty(); });
}

constexpr off_t to_end_of_file = 0;

/// Locks bytes of the file; byte r belongs to rank r. Returns false if another process has locked
/// one of them.
bool lock_bytes(int file, short type, std::size_t first, off_t count) {
  struct flock bytes = {};
  bytes.l_type = type;
  bytes.l_whence = SEEK_SET;
  bytes.l_start = static_cast<off_t>(first);
  bytes.l_len = count;
  if (::fcntl(file, F_OFD_SETLK, &bytes) == 0) return true;
  // Training does not require a file system with locks; some network mounts have none.
  return errno != EAGAIN && errno != EACCES;
}

}  // namespace

Config read_run_config(RunFolder const& folder) {
  Json const json = read_json(folder.config());
  for (char const* const part : {"run", "coins", "data", "model", "train"}) {
    MONETA_REQUIRE(json.contains(part), data,
                   "'{}' lacks '{}'. Is it damaged? Restore it from a copy",
                   folder.config().string(), part);
  }
  return config_from_json(json, folder.config().string());
}

OpenedRun open_run(Config const& config) {
  RunFolder const folder(config);
  check_resume(config, folder);
  create_folder(folder.checkpoints());
  create_folder(folder.log());
  OpenedRun opened;
  opened.lock = std::make_unique<RunLock>(folder);
  opened.index = read_index(folder.checkpoints());
  opened.resumed = has_checkpoints(opened.index);
  if (opened.resumed && fs::exists(folder.config())) {
    opened.changes = check_changes(read_run_config(folder), config, folder);
  }
  remove_leftovers(folder.checkpoints(), opened.index, config.coins);
  opened.restarted = forget_missing(folder.checkpoints(), opened.index);
  if (!opened.restarted.empty()) write_index(folder.checkpoints(), opened.index);
  return opened;
}

void commit_config(Config const& config) {
  Json json = config_to_json(config);
  json[version_key] = version_text();
  std::string const text = json.dump(2) + "\n";
  fs::path const path = RunFolder(config).config();
  std::error_code missing;
  if (fs::file_size(path, missing) == text.size() && read_file(path, text.size()) == text) return;
  commit_text(path, text);
}

RunLock::RunLock(RunFolder const& folder, std::size_t rank) {
  fs::path const path = folder.root / ".lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  MONETA_REQUIRE(file_ >= 0, disk, "cannot write '{}' ({}). Is the run's folder writable?",
                 path.string(), std::strerror(errno));
  if (!lock_bytes(file_, F_WRLCK, rank, rank == 0 ? to_end_of_file : 1)) {
    ::close(file_);
    throw Error(
        ErrorKind::config,
        fmt::format(
            "another training writes to '{}', or a rank of a training that was killed has not ended yet. Wait for it, or choose another run.name?",
            folder.root.string()));
  }
  if (rank == 0) lock_bytes(file_, F_UNLCK, 1, to_end_of_file);  // for the other ranks of this job
}

RunLock::~RunLock() { ::close(file_); }

}  // namespace moneta
