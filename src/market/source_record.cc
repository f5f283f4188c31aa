// SPDX-License-Identifier: Apache-2.0
#include "market/source_record.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "io/commit_file.h"
#include "io/json_file.h"
#include "io/json_members.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr char const* format_name = "moneta-candles";
constexpr std::int64_t format_version = 1;

template <class Span, class Visit>
void each_member(Span& span, Visit const& visit) {
  visit("writer", span.writer);
  visit("source", span.source);
  visit("form", span.form);
  visit("first_time_s", span.first_s);
  visit("last_time_s", span.last_s);
  visit("candles", span.candles);
  visit("written_time_s", span.written_s);
  visit("version", span.version);
}

template <class State, class Visit>
void each_state_member(State& state, Visit const& visit) {
  visit("exchange", state.exchange);
  visit("market", state.market);
  visit("artificial", state.artificial);
  visit("bytes", state.bytes);
  visit("sha256", state.sha256);
  visit("candles", state.candles);
}

/// A candle as a row of the candle file.
Json to_json(Candle const& candle) {
  return {candle.time_s * 1000, candle.open, candle.high, candle.low, candle.close, candle.volume};
}

Candle read_candle(Json const& row, std::string const& what) {
  bool is_row = row.is_array() && row.size() == 6;
  for (std::size_t i = 0; is_row && i < row.size(); ++i) is_row = row[i].is_number();
  MONETA_REQUIRE(is_row && row[0].is_number_integer(), data,
                 "{} has {} instead of a row of six numbers. Is it damaged?", what,
                 sanitized(row.dump()));
  return {row[0].get<std::int64_t>() / 1000,
          row[1].get<double>(),
          row[2].get<double>(),
          row[3].get<double>(),
          row[4].get<double>(),
          row[5].get<double>()};
}

void add_state(Json& json, CandleFileState const& state) {
  each_state_member(state, JsonMemberWriter{json});
  json["first_candle"] = to_json(state.first);
  json["newest_candle"] = to_json(state.newest);
  json["spans"] = Json::array();
  for (SourceSpan const& span : state.spans) {
    each_member(span, JsonMemberWriter{json["spans"].emplace_back(Json::object())});
  }
}

CandleFileState take_state(JsonFields& fields, std::string const& what) {
  CandleFileState state;
  each_state_member(state, JsonMemberReader{fields});
  state.first = read_candle(fields.member("first_candle"), what);
  state.newest = read_candle(fields.member("newest_candle"), what);
  for (Json const& each : fields.member("spans")) {
    JsonFields span(each, what);
    each_member(state.spans.emplace_back(), JsonMemberReader{span});
    span.finish();
  }
  return state;
}

/// The name of the coin's files without their endings.
std::string stem(std::string const& coin, std::int64_t interval_minutes) {
  return interval_minutes == 1 ? coin : fmt::format("{}@{}m", coin, interval_minutes);
}

}  // namespace

fs::path candle_path(fs::path const& folder, std::string const& coin,
                     std::int64_t interval_minutes) {
  return folder / (stem(coin, interval_minutes) + ".csv.gz");
}

fs::path source_record_path(fs::path const& folder, std::string const& coin,
                            std::int64_t interval_minutes) {
  return folder / (stem(coin, interval_minutes) + ".source.json");
}

std::optional<SourceRecord> read_source_record(fs::path const& path) {
  std::error_code ignored;
  if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found) return std::nullopt;
  std::string const what = fmt::format("'{}'", path.string());
  MONETA_REQUIRE(fs::is_regular_file(path, ignored), data,
                 "{} is not a file (it would be the record of sources). Move it away?", what);
  Json const json = read_json(path);
  JsonFields fields(json, what);
  MONETA_REQUIRE(fields.text("format") == format_name, data,
                 "{} is not a record of the source of candles (its format is '{}'). Move it away?",
                 what, sanitized(fields.text("format")));
  auto const version = fields.count("version");
  MONETA_REQUIRE(version == format_version, data,
                 "{} has the version {} (this program knows {}). Was it written by a newer one?",
                 what, version, format_version);
  SourceRecord record;
  record.coin = fields.text("coin");
  record.interval_minutes = fields.count("interval_minutes");
  record.state = take_state(fields, what);
  if (fields.has("next")) {
    JsonFields next(fields.member("next"), what);
    record.next = take_state(next, what);
    next.finish();
  }
  fields.finish();
  return record;
}

void write_source_record(fs::path const& path, SourceRecord const& record) {
  Json json = {{"format", format_name}, {"version", format_version}};
  json["coin"] = record.coin;
  json["interval_minutes"] = record.interval_minutes;
  add_state(json, record.state);
  if (record.next) add_state(json["next"] = Json::object(), *record.next);
  // The name of a source may be no valid UTF-8.
  commit_text(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace moneta
