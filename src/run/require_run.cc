// SPDX-License-Identifier: Apache-2.0
#include "run/require_run.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "telemetry/logging/log_files.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

bool is_run(fs::path const& folder) {
  return file_exists(folder / "status.json") || file_exists(folder / "config.json") ||
         file_exists(folder / "checkpoints" / "index.json") ||
         (file_exists(folder / "log") && !log_files(folder / "log", "epochs").empty());
}

/// The end of the advice that names the runs in the same parent folder: "; there are runs/demo,
/// runs/upbit8".
std::string sibling_runs(fs::path const& folder) {
  constexpr std::size_t max_names = 8;
  fs::path const parent = folder.has_parent_path() ? folder.parent_path() : "runs";
  std::vector<std::string> names;
  std::error_code failed;
  for (auto each = fs::directory_iterator(parent, failed);
       !failed && each != fs::directory_iterator(); each.increment(failed)) {
    try {
      if (is_run(each->path())) names.push_back(each->path().string());
    } catch (Error const&) {
      // This user may not read it.
    }
  }
  std::sort(names.begin(), names.end());
  std::string list;
  for (std::size_t i = 0; i < std::min(max_names, names.size()); ++i) {
    list += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.empty()) return "; it is <run.folder>/<run.name> of its config";
  return fmt::format("; there {} {}{}", names.size() == 1 ? "is" : "are", list,
                     names.size() > max_names ? ", ..." : "");
}

}  // namespace

bool file_exists(fs::path const& path) {
  std::error_code failed;
  bool const exists = fs::exists(path, failed);
  MONETA_REQUIRE(!failed, data, "cannot access '{}' ({}). Does this user have permission?",
                 path.string(), failed.message());
  return exists;
}

void require_run(fs::path folder) {
  if (!folder.has_filename()) folder = folder.parent_path();  // "runs/demo/"
  char const* const why = !file_exists(folder) ? "no such folder"
                          : !fs::is_directory(folder)
                              ? "it is not a folder"
                              : "it has no status.json, config.json, checkpoints or log";
  MONETA_REQUIRE(fs::is_directory(folder) && is_run(folder), data,
                 "there is no run in '{}' ({}). Name the folder of a run{}?", folder.string(), why,
                 sibling_runs(folder));
}

}  // namespace moneta
