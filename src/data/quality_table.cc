// SPDX-License-Identifier: Apache-2.0
#include "data/quality_table.h"

#include <fmt/core.h>

#include "base/time.h"

namespace moneta {
namespace {

/// "2025-03-01 00:00"
std::string short_time(std::int64_t time_s) {
  auto text = utc_text(time_s).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string gap_text(CoinQuality const& quality) {
  if (quality.longest_gap_minutes == 0) return "none";
  return fmt::format("{} min, {}", quality.longest_gap_minutes, short_time(quality.longest_gap_s));
}

std::size_t skipped_rows(CoinQuality const& quality) {
  std::size_t rows = 0;
  for (auto const& each : quality.skipped) rows += each.rows;
  return rows;
}

}  // namespace

std::string quality_table(std::vector<CoinQuality> const& coins) {
  auto text = fmt::format("{:<12}  {:<16}  {:<16}  {:>9}  {:>8}  {:<26}  {:>7}  {:>8}  {:>8}  {}\n",
                          "coin", "from (UTC)", "to", "minutes", "no trade", "longest gap",
                          "skipped", "samples", "left out", "test part from");
  for (auto const& each : coins) {
    if (each.state != DataState::prepared) {
      text += fmt::format("{:<12}  {}\n", each.coin, to_string(each.state));
      continue;
    }
    text += fmt::format(
        "{:<12}  {:<16}  {:<16}  {:>9}  {:>6.2f} %  {:<26}  {:>7}  {:>8}  {:>8}  {}\n", each.coin,
        short_time(each.first_time_s), short_time(each.end_s), each.minutes,
        100 * static_cast<double>(each.filled_minutes) / static_cast<double>(each.minutes),
        gap_text(each), skipped_rows(each), each.samples,
        each.left_out_filled + each.left_out_not_finite,
        each.test_first_s > 0 ? short_time(each.test_first_s) : "none");
  }
  return text;
}

std::vector<std::string> quality_warnings(std::vector<CoinQuality> const& coins) {
  std::vector<std::string> all;
  for (auto const& each : coins) {
    if (each.state == DataState::too_new) {
      all.push_back(fmt::format("coin {}: {}", each.coin, each.problem));
    }
    for (auto const& warning : each.warnings) {
      all.push_back(fmt::format("coin {}: {}", each.coin, warning));
    }
  }
  return all;
}

std::vector<std::string> quality_failures(std::vector<CoinQuality> const& coins) {
  std::vector<std::string> all;
  for (auto const& each : coins) {
    if (each.state == DataState::failed) {
      all.push_back(fmt::format("coin {}: {}", each.coin, each.problem));
    }
  }
  return all;
}

}  // namespace moneta
