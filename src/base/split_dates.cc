// SPDX-License-Identifier: Apache-2.0
#include "base/split_dates.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

namespace moneta {
namespace {

std::string minute_text(std::int64_t time_s) {
  std::string text = utc_text(time_s).substr(0, 16);
  text[10] = ' ';
  return text;
}

/// "2025-03-01 to 2025-09-12"
std::string days_text(PartDates const& part) {
  return fmt::format("{} to {}", utc_text(part.first_s).substr(0, 10),
                     utc_text(part.last_s).substr(0, 10));
}

/// True if the parts begin and end at the same times, up to a hundredth of their length.
bool are_close(PartDates const& a, PartDates const& b) {
  std::int64_t const length_s = std::max(a.last_s - a.first_s, b.last_s - b.first_s);
  std::int64_t const difference_s =
      std::max(std::abs(a.first_s - b.first_s), std::abs(a.last_s - b.last_s));
  return difference_s * 100 <= length_s;
}

Json to_json(PartDates const& part) {
  return {{"first", utc_text(part.first_s)}, {"last", utc_text(part.last_s)}};
}

std::int64_t time_from(Json const& json) {
  auto const text = json.get<std::string>();
  auto const time_s = time_from_utc_text(text);
  MONETA_REQUIRE(time_s, data, "'{}' is not a time like 2025-03-01T04:00:00Z", sanitized(text));
  return *time_s;
}

PartDates part_from(Json const& json) {
  return {time_from(json.at("first")), time_from(json.at("last"))};
}

}  // namespace

std::string to_text(PartDates const& part) {
  return fmt::format("{} to {}", minute_text(part.first_s), minute_text(part.last_s));
}

std::string to_text(SplitDates const& dates) {
  return fmt::format("train {}, valid {}, test {} (UTC)", days_text(dates.train),
                     days_text(dates.valid), days_text(dates.test));
}

Json to_json(SplitDates const& dates) {
  return {{"train", to_json(dates.train)},
          {"valid", to_json(dates.valid)},
          {"test", to_json(dates.test)}};
}

SplitDates split_dates_from(Json const& json) {
  return {part_from(json.at("train")), part_from(json.at("valid")), part_from(json.at("test"))};
}

bool have_same_days(std::vector<CoinDates> const& coins) {
  return std::all_of(coins.begin(), coins.end(), [&](CoinDates const& each) {
    return to_text(each.dates) == to_text(coins.front().dates);
  });
}

std::vector<std::string> dates_lines(std::vector<CoinDates> const& coins) {
  std::vector<std::string> lines;
  if (coins.size() > 1 && have_same_days(coins))
    return {"all coins: " + to_text(coins.front().dates)};
  for (CoinDates const& each : coins) {
    lines.push_back(fmt::format("{}: {}", each.coin, to_text(each.dates)));
  }
  return lines;
}

std::string different_test_parts(std::vector<CoinDates> const& coins) {
  // The dates of the first coin of a group, and the coins with about the same dates.
  std::vector<std::pair<PartDates, std::vector<std::string>>> groups;
  for (CoinDates const& each : coins) {
    auto const same = std::find_if(groups.begin(), groups.end(), [&](auto const& group) {
      return are_close(group.first, each.dates.test);
    });
    if (same == groups.end()) {
      groups.push_back({each.dates.test, {each.coin}});
    } else {
      same->second.push_back(each.coin);
    }
  }
  if (groups.size() < 2) return "";
  std::string list;
  for (auto const& [test, names] : groups) {
    list += fmt::format("{}{}: {}", list.empty() ? "" : "; ", joined(names), to_text(test));
  }
  return fmt::format(
      "the coins are tested at different times (UTC), so their test losses cannot be compared with each other: {}. Are the candles of a coin incomplete or out of date?",
      list);
}

}  // namespace moneta
