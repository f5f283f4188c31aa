// SPDX-License-Identifier: Apache-2.0
#include "import/market_candles.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "import/interval.h"
#include "import/market_name.h"
#include "import/price_order.h"
#include "import/utc_offset.h"
#include "import/volume_unit.h"
#include "market/candle_range.h"

namespace moneta {
namespace {

char const* word_of(TimeForm form) {
  switch (form) {
    case TimeForm::seconds:
      return "seconds";
    case TimeForm::milliseconds:
      return "milliseconds";
    case TimeForm::microseconds:
      return "microseconds";
    default:
      return "nanoseconds";
  }
}

/// Turns the rows of one market into candles.
class MarketCandles {
 public:
  MarketCandles(TextTable const& table, std::string const& name, ImportOptions const& options,
                Reading const& reading)
      : table_(table), name_(name), options_(options), reading_(reading) {}

  ImportedCandles run(std::vector<RawRow> rows, std::string const& row_market) {
    rows_ = std::move(rows);
    result_.form = reading_.form;
    result_.exchange = reading_.exchange;
    result_.decisions = reading_.decisions;
    sort_rows();
    name_market(row_market);
    if (!reading_.price_order_is_known) name_by_order();
    find_length();
    drop_unfinished();
    resolve_volume(rows_, table_, name_, reading_, result_.decisions);
    if (reading_.open_may_lie_outside) include_opens();
    make_candles();
    return std::move(result_);
  }

 private:
  void sort_rows() {
    auto const earlier = [](RawRow const& a, RawRow const& b) { return a.time_ms < b.time_ms; };
    if (rows_.size() > 1 && rows_.front().time_ms > rows_.back().time_ms) {
      std::reverse(rows_.begin(), rows_.end());
    }
    if (!std::is_sorted(rows_.begin(), rows_.end(), earlier)) {
      std::stable_sort(rows_.begin(), rows_.end(), earlier);
    }
  }

  void name_market(std::string const& row_market) {
    file_ = parse_file_name(name_);
    std::string const& stated = row_market.empty() ? reading_.market : row_market;
    MarketName const market = stated.empty() ? file_.market : parse_market(stated);
    result_.market = sanitized(market.market, 40);
    result_.coin = market.coin;
    if (result_.exchange.empty()) result_.exchange = file_.exchange;
    // A perpetual's price is not that of the spot market.
    bool const is_future = market.is_future || file_.market.is_future || reading_.is_future;
    if (is_future && !parse_market(market.market).is_future) result_.market += " (futures)";
  }

  void name_by_order() {
    auto const order =
        resolve_price_order(rows_, reading_.time_form, table_, name_, result_.decisions);
    if (order.starts_with("low")) {
      result_.form =
          table_.is_json ? "Coinbase Exchange candles (JSON)" : "Coinbase Exchange candles (CSV)";
      result_.exchange = "coinbase";
    } else if (order.starts_with("open, close") && table_.columns == 6) {
      result_.form = table_.is_json ? "Bitfinex candles (JSON)" : "Bitfinex candles (CSV)";
      result_.exchange = "bitfinex";
    } else if (table_.columns == 6 && table_.is_json) {
      result_.form = "rows of ccxt or freqtrade (JSON)";
    }
  }

  void find_length() {
    note_unit();
    shift_just_before_minutes();
    result_.interval_minutes = find_interval(rows_, reading_.bar_minutes, file_.interval_minutes,
                                             table_, name_, result_.decisions);
    MONETA_REQUIRE(
        result_.interval_minutes == 1 || options_.any_interval, data,
        "'{}' contains bars of {} (candles of one minute are needed). Export candles of one minute?",
        name_, interval_text(result_.interval_minutes));
    if (!reading_.time_is_end) return;
    for (RawRow& row : rows_) {
      row.time_ms -= result_.interval_minutes * ms_per_minute;
    }
  }

  void note_unit() {
    if (is_number(reading_.time_form)) {
      result_.decisions.push_back(
          fmt::format("Times are {} since 1970, by their size.", word_of(reading_.time_form)));
    }
  }

  /// The last millisecond or second of a bar becomes its end.
  void shift_just_before_minutes() {
    if (!reading_.time_is_end) return;
    for (RawRow& row : rows_) {
      std::int64_t const after_ms = row.time_ms % ms_per_minute;
      if (after_ms >= 59'000) row.time_ms += ms_per_minute - after_ms;
    }
  }

  std::int64_t end_ms(RawRow const& row) const {
    return row.time_ms + result_.interval_minutes * ms_per_minute;
  }

  void drop_unfinished() {
    std::size_t const before = rows_.size();
    auto const is_unfinished = [this](RawRow const& row) {
      return (reading_.reply_ms && end_ms(row) > *reading_.reply_ms) ||
             (reading_.last_ended_ms && row.time_ms > *reading_.last_ended_ms);
    };
    rows_.erase(std::remove_if(rows_.begin(), rows_.end(), is_unfinished), rows_.end());
    std::int64_t const now_ms = options_.now_s.value_or(now_s()) * 1000;
    if (rows_.size() > 1 && end_ms(rows_[rows_.size() - 2]) > now_ms) {
      MONETA_REQUIRE(
          reading_.time_form != TimeForm::without_zone, config,
          "'{}' {}: the bar of {} lies in the future (times without a zone are read at UTC{}). Is --time-zone another one?",
          name_, table_.place_text(rows_.back().place), utc_text(rows_.back().time_ms / 1000),
          utc_offset_text(reading_.utc_offset_minutes.value_or(0)));
    } else if (!rows_.empty() && end_ms(rows_.back()) > now_ms) {
      rows_.pop_back();
    }
    result_.unfinished_rows += before - rows_.size();
  }

  /// An open that is the close of the bar before may lie outside low to high. `moneta prepare`
  /// needs minutes that contain their open; longer bars are kept as they are.
  void include_opens() {
    std::size_t outside = 0;
    for (RawRow& row : rows_) {
      auto& [open, high, low, close] = row.prices;
      if (open >= low && open <= high) continue;
      ++outside;
      if (result_.interval_minutes > 1) continue;
      high = std::max(high, open);
      low = std::min(low, open);
    }
    if (outside == 0) return;
    result_.decisions.push_back(fmt::format(
        "In {} rows the open, which is the close of the bar before, lies outside low to high; {}.",
        outside,
        result_.interval_minutes > 1 ? "they are kept as they are"
                                     : "high or low is moved to it, so that they are candles"));
  }

  void make_candles() {
    result_.candles.reserve(rows_.size());
    RawRow const* last = nullptr;
    for (RawRow const& row : rows_) {
      Candle const candle{row.time_ms / 1000, row.prices[0], row.prices[1],
                          row.prices[2],      row.prices[3], row.volume};
      check(candle, row);
      if (last != nullptr && last->time_ms == row.time_ms) {
        require_equal(candle, *last, row);
        ++result_.repeated_rows;
        continue;
      }
      result_.candles.push_back(candle);
      last = &row;
    }
  }

  void require_equal(Candle const& candle, RawRow const& last, RawRow const& row) const {
    MONETA_REQUIRE(
        result_.candles.back() == candle, data,
        "'{}': {} and {} are different candles of {} (a minute has one). Are rows of two markets or two sources joined?",
        name_, table_.place_text(std::min(last.place, row.place)),
        table_.place_text(std::max(last.place, row.place)), utc_text(candle.time_s));
  }

  void check(Candle const& candle, RawRow const& row) const {
    auto const [low, high] = std::minmax({candle.open, candle.high, candle.low, candle.close});
    MONETA_REQUIRE(
        low >= least_price && high <= greatest_number, data,
        "'{}' {}: the price {:g} is not from {:g} to {:g} (the row is no candle). Is the file damaged, or a table of funding rates?",
        name_, table_.place_text(row.place), low < least_price ? low : high, least_price,
        greatest_number);
    bool const is_inside = low == candle.low && high == candle.high;
    MONETA_REQUIRE(
        is_inside || (reading_.open_may_lie_outside && candle.high >= candle.low), data,
        "'{}' {}: open {:g}, high {:g}, low {:g}, close {:g} are no candle (high is not the largest or low not the smallest). Is the file damaged, or are its columns others (--columns)?",
        name_, table_.place_text(row.place), candle.open, candle.high, candle.low, candle.close);
    MONETA_REQUIRE(candle.volume >= 0 && candle.volume <= greatest_number, data,
                   "'{}' {}: the volume {:g} is not from 0 to {:g} (the row is no candle). Is the "
                   "file damaged, or the column another one (--columns)?",
                   name_, table_.place_text(row.place), candle.volume, greatest_number);
  }

  TextTable const& table_;
  std::string const& name_;
  ImportOptions const& options_;
  Reading const& reading_;
  FileNameFacts file_;
  std::vector<RawRow> rows_;
  ImportedCandles result_;
};

}  // namespace

ImportedCandles make_market_candles(std::vector<RawRow> rows, std::string const& row_market,
                                    TextTable const& table, std::string const& name,
                                    ImportOptions const& options, Reading const& reading) {
  return MarketCandles(table, name, options, reading).run(std::move(rows), row_market);
}

}  // namespace moneta
