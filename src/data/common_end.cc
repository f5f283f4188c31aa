// SPDX-License-Identifier: Apache-2.0
#include "data/common_end.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "data/month.h"

namespace moneta {
namespace {

/// The minutes that a coin has before `end_s` and that data.days covers, in seconds.
std::int64_t seconds_before(CoinSpan const& coin, std::int64_t end_s, DataConfig const& data) {
  auto const first = std::max(coin.first_s, end_s - data.days * seconds_per_day);
  return std::max<std::int64_t>(0, std::min(end_s, coin.end_s) - first);
}

bool has_a_sample(CoinSpan const& coin, std::int64_t end_s, DataConfig const& data) {
  return seconds_before(coin, end_s, data) >= needed_minutes(data) * seconds_per_minute;
}

/// True if most of `others` have too few minutes before `end_s`.
bool is_too_early(std::int64_t end_s, std::span<CoinSpan const* const> others,
                  DataConfig const& data) {
  auto const losers = std::count_if(others.begin(), others.end(), [&](CoinSpan const* other) {
    return !has_a_sample(*other, end_s, data) ||
           2 * seconds_before(*other, end_s, data) < seconds_before(*other, other->end_s, data);
  });
  return 2 * static_cast<std::size_t>(losers) > others.size();
}

/// The coins that end more than a day before the last one.
void warn_of_laggards(std::span<CoinSpan const* const> by_end, std::vector<std::string>& warnings) {
  auto const latest_s = by_end.back()->end_s;
  for (auto const* coin : by_end) {
    if (latest_s - coin->end_s <= seconds_per_day) break;
    warnings.push_back(fmt::format(
        "{} ends at {}, {:.1f} days before {}, so the later candles of the other coins are not used (data.end is common). Fetch it again, remove it from coins, or set data.end to each?",
        coin->coin, utc_text(coin->end_s),
        static_cast<double>(latest_s - coin->end_s) / static_cast<double>(seconds_per_day),
        by_end.back()->coin));
  }
}

CoinEnds common_ends(std::vector<CoinSpan> const& spans, DataConfig const& data) {
  CoinEnds ends;
  ends.coins.resize(spans.size());
  std::vector<CoinSpan const*> by_end;
  for (auto const& span : spans) {
    if (has_a_sample(span, span.end_s, data)) by_end.push_back(&span);
  }
  std::stable_sort(by_end.begin(), by_end.end(),
                   [](auto const* a, auto const* b) { return a->end_s < b->end_s; });
  std::span<CoinSpan const* const> rest = by_end;
  while (rest.size() > 1 && is_too_early(rest.front()->end_s, rest.subspan(1), data)) {
    auto const& ended = *rest.front();
    ends.coins[static_cast<std::size_t>(&ended - spans.data())].left_out = true;
    ends.warnings.push_back(fmt::format(
        "{} is left out: it ends at {}, when most other coins have no or too few candles (data.end is common). Is it delisted? Fetch it again, remove it from coins, or set data.end to each?",
        ended.coin, utc_text(ended.end_s)));
    rest = rest.subspan(1);
  }
  std::int64_t end_s = 0;
  for (auto const& span : spans) end_s = std::max(end_s, span.end_s);
  if (!rest.empty()) {
    end_s = rest.front()->end_s;
    warn_of_laggards(rest, ends.warnings);
  }
  for (auto& coin : ends.coins) coin.end_s = end_s;
  return ends;
}

/// Warns if the coins do not end at the same time.
void warn_of_different_ends(std::vector<CoinSpan> const& spans, CoinEnds& ends) {
  if (spans.empty()) return;
  auto const used = [&](std::size_t i) { return std::min(spans[i].end_s, ends.coins[i].end_s); };
  std::size_t first = 0, last = 0;
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (used(i) < used(first)) first = i;
    if (used(i) > used(last)) last = i;
  }
  if (used(last) - used(first) <= seconds_per_day) return;
  ends.warnings.push_back(fmt::format(
      "the coins are tested on different periods: the data of {} end at {}, those of {} at {}. Fetch the coins again, or set data.end to common?",
      spans[first].coin, utc_text(used(first)), spans[last].coin, utc_text(used(last))));
}

}  // namespace

CoinEnds decide_ends(std::vector<CoinSpan> const& spans, DataConfig const& data) {
  if (data.end.rule == EndRule::common) return common_ends(spans, data);
  CoinEnds ends;
  for (auto const& span : spans) {
    ends.coins.push_back({data.end.rule == EndRule::time ? data.end.time_s : span.end_s, false});
  }
  warn_of_different_ends(spans, ends);
  return ends;
}

}  // namespace moneta
