// SPDX-License-Identifier: Apache-2.0
#include "train/report.h"

#include "base/error.h"
#include "io/json_file.h"

namespace moneta {
namespace {

Json to_json(SavedCheckpoint const& saved) {
  return {{"coin", saved.coin},          {"file", saved.file},
          {"sha256", saved.sha256},      {"bytes", saved.bytes},
          {"epoch", saved.epoch},        {"update_in_epoch", saved.update_in_epoch},
          {"update", saved.update},      {"valid_loss", json_number(saved.valid_loss)},
          {"finished", saved.finished},  {"micro_batch", saved.micro_batch},
          {"precision", saved.precision}};
}

SavedCheckpoint saved_checkpoint_from(Json const& json) {
  JsonFields fields(json, "a report of a checkpoint");
  SavedCheckpoint saved;
  saved.coin = fields.text("coin");
  saved.file = fields.text("file");
  saved.sha256 = fields.text("sha256");
  saved.bytes = static_cast<std::uint64_t>(fields.count("bytes"));
  saved.epoch = fields.count("epoch");
  saved.update_in_epoch = fields.count("update_in_epoch");
  saved.update = fields.count("update");
  saved.valid_loss = fields.number("valid_loss");
  saved.finished = fields.flag("finished");
  saved.micro_batch = static_cast<std::uint64_t>(fields.count("micro_batch"));
  saved.precision = fields.text("precision");
  return saved;
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
