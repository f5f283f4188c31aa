// SPDX-License-Identifier: Apache-2.0
// The folder of a run, as `moneta status` reads it: status.json, config.json, the index of the
// checkpoints and the epoch log, separated by lines of "%%"; an empty part is a missing file.
#include <unistd.h>

#include "base/text.h"
#include "fuzz/target.h"
#include "run/status_lines.h"
#include "run/status_report.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

static void look(std::filesystem::path const& folder) {
  constexpr std::int64_t now_ms = 1'795'600'000'000;
  StatusReport const report = make_status_report(folder, now_ms);
  for (std::string const& note : report.notes) expect_printable(note);
  (void)status_json(report).dump(1, ' ', false, Json::error_handler_t::replace);
  (void)exit_status_of(report);
  for (TerminalSize const terminal : {TerminalSize{80, 24, true}, TerminalSize{20, 3, false}}) {
    auto const lines = status_lines(report, terminal);
    expect(lines.size() <= terminal.rows, "the display fits the window");
    for (std::string const& line : lines) {
      expect(width_of(line) <= terminal.columns, "a line fits the window");
      expect_printable(line);
    }
  }
}

void try_bytes(std::string_view bytes) {
  auto parts = sections(bytes);
  parts.resize(4);
  auto const folder = scratch() / "demo";
  char const* const names[] = {"status.json", "config.json", "checkpoints/index.json",
                               "log/epochs-2026-11-25.jsonl"};
  std::filesystem::create_directories(folder / "checkpoints");
  std::filesystem::create_directories(folder / "log");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) {
      std::filesystem::remove(folder / names[i]);
    } else {
      write_bytes(folder / names[i], parts[i]);
    }
  }
  accepts(ErrorKind::data, "demo", [&] { look(folder); });
  RunStatus status;
  bool const valid = !parts[0].empty() && accepts(ErrorKind::data, "status.json", [&] {
    status = read_run_status(folder / "status.json");
  });
  if (!valid) return;
  auto const text = to_json(status).dump();
  expect(to_json(run_status_from(Json::parse(text), "a copy")).dump() == text,
         "a status is equal after it was written");
}

}  // namespace moneta::fuzz
