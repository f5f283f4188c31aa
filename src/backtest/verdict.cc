// SPDX-License-Identifier: Apache-2.0
#include "backtest/verdict.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/time.h"

namespace moneta::backtest {
namespace {

constexpr std::size_t few_trades = 30;
constexpr double sure = 0.95;  // of the deflated Sharpe ratio

/// "lost 8.67 % per day" and the like.
std::string outcome(double per_day, statistics::Interval const& interval, bool can_be_trusted) {
  double const percent = 100 * per_day;
  if (interval.high < 0) return fmt::format("lost {:.2f} % per day", -percent);
  if (interval.low > 0) {
    return fmt::format("made {:.2f} % per day{}", percent,
                       can_be_trusted ? "" : " (not enough to rely on)");
  }
  return fmt::format("changed the money by {:+.2f} % per day, which cannot be told from zero",
                     percent);
}

std::string headline(std::string_view coin, CoinReport const& report, Strategy const& model,
                     Strategy const& bounce) {
  Performance const& rule = model.backtest.performance;
  if (!model.threshold) {
    return fmt::format(
        "{}: on the validation part no threshold earned its costs, so the rule does not trade.",
        coin);
  }
  if (model.backtest.fills.empty()) {
    return fmt::format("{}: no forecast asked for a position, so the rule did not trade.", coin);
  }
  double const rival =
      std::max(report.hold.performance.per_day, bounce.backtest.performance.per_day);
  bool const can_be_trusted =
      !is_bounce(report.forecast) && rule.per_day > rival && rule.dsr.value_or(0) >= sure;
  return money_sentence(coin, "this model", "the coin", model.backtest.curve, rule,
                        report.hold.performance, can_be_trusted);
}

}  // namespace

bool is_bounce(statistics::ForecastReport const& forecast) {
  auto const& minutes = forecast.profile.ic_of_minute;
  auto const& late = forecast.profile.late;
  if (!forecast.model.r2 || !late.r2 || minutes.empty()) return false;
  bool const fades = *late.r2 < 0 && *forecast.model.r2 > 0;
  bool const is_first = minutes.front() > *forecast.model.ic / 2 && forecast.ic_t.value_or(0) > 2;
  return fades || is_first;
}

Flags find_flags(CoinReport const& report, Backtest const& strategy,
                 BacktestSettings const& settings) {
  Flags flags;
  flags.bounce = is_bounce(report.forecast);
  flags.tick_bound = report.costs.tick_bp * 1e-4 > 0.25 * report.forecast.target_deviation ||
                     report.forecast.zero_targets > 0.1;
  flags.is_short = strategy.performance.daily_returns < settings.least_days;
  flags.few_trades = strategy.trades < few_trades;
  double const timing = strategy.timing_per_day.value_or(0) * strategy.performance.days;
  flags.drift = strategy.gross_return > 0 && timing < std::log1p(strategy.gross_return) / 2;
  flags.costs = strategy.break_even_bp < report.costs.side_bp;
  return flags;
}

std::string money_sentence(std::string_view subject, std::string_view who, std::string_view what,
                           EquityCurve const& curve, Performance const& rule,
                           Performance const& hold, bool can_be_trusted) {
  std::string const day = utc_text(curve.first_time_s).substr(0, 10);
  if (!rule.per_day_95) {
    return fmt::format(
        "{}: {:.1f} days from {} are too few to say what {} would have brought after fees and "
        "spread.",
        subject, rule.days, day, who);
  }
  return fmt::format(
      "{}: after fees and spread {} would have {}, 95 % interval {:+.2f} to {:+.2f}, {:.1f} days "
      "from {}; holding {}: {:+.2f} % per day.",
      subject, who, outcome(rule.per_day, *rule.per_day_95, can_be_trusted),
      100 * rule.per_day_95->low, 100 * rule.per_day_95->high, rule.days, day, what,
      100 * hold.per_day);
}

std::string always_headline(std::string_view coin, CoinReport const& report) {
  return headline(coin, report, report.model.always, report.bounce.always);
}

std::string chosen_headline(std::string_view coin, CoinReport const& report) {
  if (!report.model.chosen || !report.bounce.chosen) return always_headline(coin, report);
  return headline(coin, report, *report.model.chosen, *report.bounce.chosen);
}

std::string verdict(std::string_view coin, CoinReport const& report) {
  if (!report.model.chosen) return always_headline(coin, report);
  std::string text = chosen_headline(coin, report);
  if (!report.model.chosen->threshold) text += "\n" + always_headline(coin, report);
  return text;
}

}  // namespace moneta::backtest
