// SPDX-License-Identifier: Apache-2.0
#include "data/quality_file.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/json_file.h"
#include "io/json_members.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr char const* quality_format = "moneta-quality";
constexpr std::int64_t quality_version = 1;
constexpr std::size_t largest_quality_bytes = std::size_t{64} << 20;

constexpr DataState all_states[] = {DataState::prepared, DataState::too_new, DataState::ended,
                                    DataState::failed};

/// Calls visit(key, member) for every member, in the order of the file.
template <class Quality, class Visit>
void each_quality_member(Quality& quality, Visit const& visit) {
  visit("coin", quality.coin);
  visit("state", quality.state);
  visit("problem", quality.problem);
  visit("first_time_s", quality.first_time_s);
  visit("end_s", quality.end_s);
  visit("test_first_s", quality.test_first_s);
  visit("test_last_s", quality.test_last_s);
  visit("minutes", quality.minutes);
  visit("filled_minutes", quality.filled_minutes);
  visit("longest_gap_minutes", quality.longest_gap_minutes);
  visit("longest_gap_s", quality.longest_gap_s);
  visit("skipped", quality.skipped);
  visit("samples", quality.samples);
  visit("left_out_filled", quality.left_out_filled);
  visit("left_out_not_finite", quality.left_out_not_finite);
  visit("tick_size", quality.tick_size);
  visit("zero_target_share", quality.zero_target_share);
  visit("largest_step", quality.largest_step);
  visit("largest_step_s", quality.largest_step_s);
  visit("moving_without_volume_share", quality.moving_without_volume_share);
  visit("warnings", quality.warnings);
}

template <class Row, class Visit>
void each_skipped_member(Row& row, Visit const& visit) {
  visit("reason", row.reason);
  visit("rows", row.rows);
  visit("first_line", row.first_line);
}

Json to_json(CoinQuality const& quality) {
  Json json = Json::object();
  JsonMemberWriter const write{json};
  each_quality_member(quality, [&]<class Member>(char const* key, Member const& member) {
    if constexpr (std::is_same_v<Member, DataState>) {
      json[key] = to_string(member);
    } else if constexpr (std::is_same_v<Member, std::vector<SkippedRows>>) {
      json[key] = Json::array();
      for (auto const& row : member) {
        Json each = Json::object();
        each_skipped_member(row, JsonMemberWriter{each});
        json[key].push_back(std::move(each));
      }
    } else {
      write(key, member);
    }
  });
  // For people; the numbers above count.
  json["from"] = utc_text(quality.first_time_s);
  json["to"] = utc_text(quality.end_s);
  return json;
}

DataState state_from(std::string const& text, std::string const& what) {
  for (auto const state : all_states) {
    if (text == to_string(state)) return state;
  }
  throw Error(ErrorKind::data, fmt::format("{}, 'state' is '{}'. Run `moneta prepare` again?", what,
                                           sanitized(text)));
}

void require_list(Json const& json, std::string const& what, char const* key) {
  MONETA_REQUIRE(json.is_array(), data, "{}, '{}' is not a list. Run `moneta prepare` again?", what,
                 key);
}

std::vector<SkippedRows> skipped_from(Json const& json, std::string const& what) {
  std::vector<SkippedRows> all;
  for (auto const& each : json) {
    JsonFields fields(each, what + ", 'skipped'");
    each_skipped_member(all.emplace_back(), JsonMemberReader{fields});
    fields.finish();
  }
  return all;
}

CoinQuality quality_from(Json const& json, std::string const& what) {
  JsonFields fields(json, what);
  JsonMemberReader const read{fields};
  CoinQuality quality;
  each_quality_member(quality, [&]<class Member>(char const* key, Member& member) {
    if constexpr (std::is_same_v<Member, DataState>) {
      member = state_from(fields.text(key), what);
    } else if constexpr (std::is_same_v<Member, std::vector<SkippedRows>>) {
      require_list(fields.member(key), what, key);
      member = skipped_from(fields.member(key), what);
    } else if constexpr (std::is_same_v<Member, std::vector<std::string>>) {
      require_list(fields.member(key), what, key);
      for (auto const& each : fields.member(key)) {
        MONETA_REQUIRE(each.is_string(), data,
                       "{}, '{}' contains something other than text. Run `moneta prepare` again?",
                       what, key);
        member.push_back(each.get<std::string>());
      }
    } else {
      read(key, member);
    }
  });
  for (char const* text : {"from", "to"}) (void)fields.text(text);
  fields.finish();
  return quality;
}

}  // namespace

fs::path quality_path(fs::path const& folder) { return folder / "quality.json"; }

std::vector<CoinQuality> read_quality(fs::path const& folder) {
  auto const path = quality_path(folder);
  MONETA_REQUIRE(fs::exists(path), data,
                 "there is no record of the data (no '{}'). Run `moneta prepare`?", path.string());
  std::string const what = fmt::format("'{}'", path.string());
  auto const json = read_json(path, largest_quality_bytes);
  JsonFields fields(json, what);
  MONETA_REQUIRE(fields.text("format") == quality_format, data,
                 "{}, 'format' is not '{}'. Run `moneta prepare` again?", what, quality_format);
  auto const version = fields.count("version");
  MONETA_REQUIRE(version == quality_version, data,
                 "{} has version {} (this program reads version {}). Run `moneta prepare` again?",
                 what, version, quality_version);
  auto const& coins = fields.member("coins");
  require_list(coins, what, "coins");
  fields.finish();
  std::vector<CoinQuality> all;
  for (std::size_t i = 0; i < coins.size(); ++i) {
    all.push_back(quality_from(coins[i], fmt::format("{}, coin {}", what, i + 1)));
  }
  return all;
}

void write_quality(fs::path const& folder, std::vector<CoinQuality> coins) {
  std::sort(coins.begin(), coins.end(),
            [](auto const& a, auto const& b) { return a.coin < b.coin; });
  Json list = Json::array();
  for (auto const& coin : coins) list.push_back(to_json(coin));
  Json const json = {
      {"format", quality_format}, {"version", quality_version}, {"coins", std::move(list)}};
  // A path in a problem may be no UTF-8.
  auto const text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  auto const path = quality_path(folder);
  if (fs::exists(path) && read_file(path, largest_quality_bytes) == text) return;
  commit_text(path, text);
}

}  // namespace moneta
