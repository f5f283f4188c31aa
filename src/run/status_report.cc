// SPDX-License-Identifier: Apache-2.0
#include "run/status_report.h"

#include "base/error.h"
#include "run/file_age.h"
#include "run/recover_status.h"
#include "run/require_run.h"
#include "run/run_folder.h"
#include "run/status_file.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// The state of a run whose status.json has this state and age.
RunState current_state(RunState written, double age_s) {
  switch (written) {
    case RunState::finished:
    case RunState::stopped:
    case RunState::failed:
      return written;
    default:
      return age_s < status_silence_s ? RunState::running : RunState::killed;
  }
}

}  // namespace

StatusReport make_status_report(fs::path const& path, std::int64_t local_clock_ms) {
  require_run(path);
  RunFolder const folder(path.has_filename() ? path : path.parent_path());
  StatusReport report;
  report.folder = folder.root;
  fs::path const file = folder.root / "status.json";
  auto const age_s = file_age_s(file, folder.root, local_clock_ms);
  if (age_s) {
    try {
      report.status = read_run_status(file);
      report.age_s = age_s;
      report.state = current_state(report.status.state, *age_s);
      add_earlier_progress(folder, report);
      return report;
    } catch (Error const& error) {
      report.notes.emplace_back(error.what());
    }
  }
  recover_status(folder, local_clock_ms, report);
  return report;
}

Json status_json(StatusReport const& report) {
  Json json = to_json(report.status);
  json["verdict"] = to_string(report.state);
  json["age_seconds"] = report.age_s ? Json(*report.age_s) : Json();
  json["notes"] = report.notes;
  return json;
}

int exit_status_of(StatusReport const& report) {
  bool failed = report.state == RunState::failed || report.state == RunState::killed;
  for (CoinView const& coin : report.status.coins) {
    failed = failed || coin.phase == CoinPhase::failed;
  }
  return failed ? static_cast<int>(ErrorKind::training) : 0;
}

}  // namespace moneta
