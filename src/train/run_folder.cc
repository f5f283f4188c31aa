// SPDX-License-Identifier: Apache-2.0
#include "train/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "config/load.h"
#include "io/commit_file.h"
#include "io/json_file.h"

namespace moneta {
namespace fs = std::filesystem;

RunFolder::RunFolder(Config const& config) : root(fs::path(config.run.folder) / config.run.name) {}

namespace {

/// Differences to the earlier start; throws for those that are not allowed.
std::vector<std::string> check_changes(Config const& was, Config const& is,
                                       RunFolder const& folder) {
  std::vector<std::string> changes, refused;
  for (ConfigDifference const& difference : compare_configs(was, is)) {
    (difference.identity ? refused : changes)
        .push_back(cat(difference.key, ": ", difference.was, " -> ", difference.is));
  }
  std::string list;
  for (std::string const& line : refused) list += "\n  " + line;
  MONETA_REQUIRE(refused.empty(), config, "'", folder.root.string(),
                 "' is a run with other settings (they decide its numbers):", list,
                 "\nSet them back, or start another run with run.name=...");
  return changes;
}

void check_resume(Config const& config, RunFolder const& folder) {
  bool const there = fs::exists(folder.config());
  MONETA_REQUIRE(!there || config.run.resume != ResumePolicy::never, config, "the run '",
                 folder.root.string(),
                 "' exists (run.resume is never). "
                 "Choose another run.name, or set run.resume=auto?");
  MONETA_REQUIRE(there || config.run.resume != ResumePolicy::always, config, "there is no run '",
                 folder.root.string(),
                 "' to resume (run.resume is always). Set run.resume=auto to start it?");
}

}  // namespace

Config read_run_config(RunFolder const& folder) {
  Json const json = read_json(folder.config());
  for (char const* const part : {"run", "coins", "data", "model", "train"}) {
    MONETA_REQUIRE(json.contains(part), data, "'", folder.config().string(), "' lacks '", part,
                   "'. Is it damaged? Put a copy back");
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
  std::string const text = config_to_json(config).dump(2) + "\n";
  fs::path const path = RunFolder(config).config();
  std::error_code missing;
  if (fs::file_size(path, missing) == text.size() && read_file(path, text.size()) == text) return;
  commit_text(path, text);
}

RunLock::RunLock(RunFolder const& folder) {
  fs::path const path = folder.root / ".lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  MONETA_REQUIRE(file_ >= 0, disk, "cannot write '", path.string(), "' (", std::strerror(errno),
                 "). Is the run's folder writable?");
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(file_);
    throw Error(ErrorKind::config, cat("another training writes to '", folder.root.string(),
                                       "'. Wait for it, or choose another run.name?"));
  }
  // A file system without locks (some network mounts) is no reason not to train.
}

RunLock::~RunLock() { ::close(file_); }

}  // namespace moneta
