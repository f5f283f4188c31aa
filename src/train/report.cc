// SPDX-License-Identifier: Apache-2.0
#include "train/report.h"

#include "base/error.h"

namespace moneta {
namespace {

Json to_json(SavedCheckpoint const& saved) {
  return {{"coin", saved.coin},
          {"file", saved.file},
          {"sha256", saved.sha256},
          {"bytes", saved.bytes},
          {"epoch", saved.epoch},
          {"update_in_epoch", saved.update_in_epoch},
          {"update", saved.update},
          {"valid_loss", saved.valid_loss},
          {"finished", saved.finished}};
}

SavedCheckpoint saved_checkpoint_from(Json const& json) {
  return {json.at("coin"),       json.at("file"),  json.at("sha256"),
          json.at("bytes"),      json.at("epoch"), json.at("update_in_epoch"),
          json.at("update"),     json.at("valid_loss"), json.at("finished")};
}

Json to_json(RankDone const& done) { return {{"exit_status", done.exit_status}}; }

constexpr char const* kinds[] = {"epoch", "event", "tick", "saved", "done"};

}  // namespace

std::string to_text(Report const& report) {
  Json const content = std::visit([](auto const& each) { return to_json(each); }, report);
  return Json{{"kind", kinds[report.index()]}, {"content", content}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

Report report_from_text(std::string const& text) {
  Json const json = Json::parse(text);
  std::string const kind = json.at("kind");
  Json const& content = json.at("content");
  if (kind == kinds[0]) return epoch_record_from(content);
  if (kind == kinds[1]) return event_record_from(content);
  if (kind == kinds[2]) return progress_tick_from(content);
  if (kind == kinds[3]) return saved_checkpoint_from(content);
  MONETA_REQUIRE(kind == kinds[4], internal, "a rank sent a report of the unknown kind '", kind,
                 "'");
  return RankDone{content.at("exit_status")};
}

}  // namespace moneta
