// SPDX-License-Identifier: Apache-2.0
#include "coord/rank_message.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/index.h"
#include "io/json_file.h"

namespace moneta {
namespace {

Json content_of(EpochRecord const& record) { return to_json(record); }
Json content_of(EventRecord const& record) { return to_json(record); }
Json content_of(ProgressTick const& tick) { return to_json(tick); }
Json content_of(DeviceSample const& sample) { return to_json(sample); }
Json content_of(SplitRecord const& record) { return to_json(record); }

Json content_of(SavedCheckpoint const& saved) {
  Json json = to_json(saved);
  json["coin"] = saved.coin;
  return json;
}

SavedCheckpoint saved_checkpoint_from_content(Json const& json) {
  JsonFields fields(json, "a saved checkpoint");
  SavedCheckpoint saved = saved_checkpoint_from(fields);
  saved.coin = fields.text("coin");
  return saved;
}

Json content_of(RankFinished const& finished) { return {{"exit_status", finished.exit_status}}; }

RankFinished rank_finished_from_content(Json const& json) {
  return {json.at("exit_status").get<int>()};
}

Json content_of(RankStage const& begun) { return {{"stage", begun.stage}}; }

RankStage rank_stage_from_content(Json const& json) {
  return {json.at("stage").get<std::string>()};
}

struct Kind {
  char const* name;
  RankMessage (*read)(Json const& content);
};

/// In the order of the alternatives of RankMessage.
constexpr Kind kinds[] = {
    {"epoch", [](Json const& content) -> RankMessage { return epoch_record_from(content); }},
    {"event", [](Json const& content) -> RankMessage { return event_record_from(content); }},
    {"tick", [](Json const& content) -> RankMessage { return progress_tick_from(content); }},
    {"device", [](Json const& content) -> RankMessage { return device_sample_from(content); }},
    {"split", [](Json const& content) -> RankMessage { return split_record_from(content); }},
    {"saved",
     [](Json const& content) -> RankMessage { return saved_checkpoint_from_content(content); }},
    {"finished",
     [](Json const& content) -> RankMessage { return rank_finished_from_content(content); }},
    {"stage", [](Json const& content) -> RankMessage { return rank_stage_from_content(content); }},
};
static_assert(std::size(kinds) == std::variant_size_v<RankMessage>);

}  // namespace

std::string to_text(RankMessage const& message) {
  Json const content = std::visit([](auto const& each) { return content_of(each); }, message);
  return Json{{"kind", kinds[message.index()].name}, {"content", content}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

RankMessage rank_message_from(std::string const& text) {
  try {
    Json const json = Json::parse(text);
    auto const name = json.at("kind").get<std::string>();
    auto const kind = std::find_if(std::begin(kinds), std::end(kinds),
                                   [&](Kind const& each) { return each.name == name; });
    MONETA_REQUIRE(kind != std::end(kinds), internal, "unknown kind '{}'", sanitized(name));
    return kind->read(json.at("content"));
  } catch (std::exception const& failure) {
    throw Error(ErrorKind::internal,
                fmt::format("a rank sent a damaged message ({})", failure.what()));
  }
}

}  // namespace moneta
