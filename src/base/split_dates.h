// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace moneta {

/// The first and the last decision time of a part of a coin's samples, in seconds since 1970 UTC.
struct PartDates {
  std::int64_t first_s = 0, last_s = 0;
  bool operator==(PartDates const&) const = default;
};

/// From when to when a coin is trained, validated and tested.
struct SplitDates {
  PartDates train, valid, test;
  bool operator==(SplitDates const&) const = default;
};

struct CoinDates {
  std::string coin;
  SplitDates dates;
};

/// "2025-03-01 04:00 to 2025-09-12 23:45", to the minute.
std::string to_text(PartDates const& part);

/// "train 2025-03-01 to 2025-09-12, valid ... to ..., test ... to ... (UTC)", to the day.
std::string to_text(SplitDates const& dates);

/// {"train": {"first": "2025-03-01T04:00:00Z", "last": "2025-09-12T23:45:00Z"}, "valid": ...,
/// "test": ...}
Json to_json(SplitDates const& dates);

/// The inverse. Throws Error (data) if a time is not in this format; if a member is missing or of
/// another type, the JSON library throws its own exceptions.
SplitDates split_dates_from(Json const& json);

/// True if the parts of all coins begin and end on the same days (UTC). A coin whose windows have
/// more gaps has fewer samples, so that its parts begin or end a few minutes earlier or later.
bool have_same_days(std::vector<CoinDates> const& coins);

/// The dates of the coins in lines: one line, "all coins: train ...", if they are on the same days,
/// else one per coin, "KRW-BTC: train ...".
std::vector<std::string> dates_lines(std::vector<CoinDates> const& coins);

/// If the first or the last times of the coins' test parts differ by more than a hundredth of their
/// length, a warning that lists which coins have which; else an empty text. The test losses are
/// those of different markets then.
std::string different_test_parts(std::vector<CoinDates> const& coins);

}  // namespace moneta
