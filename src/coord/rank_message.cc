// SPDX-License-Identifier: Apache-2.0
#include "coord/rank_message.h"

#include "base/error.h"
#include "checkpoint/index.h"
#include "io/json_file.h"

namespace moneta {
namespace {

SavedCheckpoint saved_checkpoint_from(Json const& json) {
  JsonFields fields(json, "a report of a checkpoint");
  SavedCheckpoint saved = moneta::saved_checkpoint_from(fields);
  saved.coin = fields.text("coin");
  return saved;
}

Json to_json(RankFinished const& done) { return {{"exit_status", done.exit_status}}; }

Json to_json(DeviceSample const& report) {
  return {{"rank", report.rank}, {"reading", report.reading}};
}

template <class Each>
Json content_of(Each const& each) {
  return to_json(each);
}

Json content_of(SavedCheckpoint const& saved) {
  Json json = to_json(saved);
  json["coin"] = saved.coin;
  return json;
}

constexpr char const* kinds[] = {"epoch", "event", "tick", "saved", "done", "device"};

}  // namespace

std::string to_text(RankMessage const& report) {
  Json const content = std::visit([](auto const& each) { return content_of(each); }, report);
  return Json{{"kind", kinds[report.index()]}, {"content", content}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

RankMessage rank_message_from(std::string const& text) {
  Json const json = Json::parse(text);
  std::string const kind = json.at("kind");
  Json const& content = json.at("content");
  if (kind == kinds[0]) return epoch_record_from(content);
  if (kind == kinds[1]) return event_record_from(content);
  if (kind == kinds[2]) return progress_tick_from(content);
  if (kind == kinds[3]) return saved_checkpoint_from(content);
  if (kind == kinds[5]) return DeviceSample{content.at("rank"), content.at("reading")};
  MONETA_REQUIRE(kind == kinds[4], internal, "a rank sent a report of the unknown kind '{}'", kind);
  return RankFinished{content.at("exit_status")};
}

}  // namespace moneta
