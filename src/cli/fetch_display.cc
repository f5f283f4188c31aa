// SPDX-License-Identifier: Apache-2.0
#include "cli/fetch_display.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "telemetry/display/line_text.h"

namespace moneta {
namespace {

constexpr double redraw_s = 0.2, line_s = 10;
constexpr std::size_t bar_columns = 20;

/// "KRW-BTC: text", or the text alone.
std::string about(std::string const& coin, std::string const& text) {
  return coin.empty() ? text : coin + ": " + text;
}

}  // namespace

FetchDisplay::FetchDisplay(std::FILE* out, std::size_t coins, std::function<double()> clock_s)
    : out_(out),
      coins_(coins),
      clock_s_(std::move(clock_s)),
      draws_(can_draw_on(out)),
      unicode_(locale_is_utf8()),
      lines_(out),
      coin_start_s_(clock_s_()),
      shown_s_(coin_start_s_) {}

std::string FetchDisplay::progress_line(FetchProgress const& progress) const {
  double const elapsed_s = clock_s_() - coin_start_s_;
  std::string const eta =
      progress.fraction > 0 ? duration_text(elapsed_s * (1 - progress.fraction) / progress.fraction)
                            : "unknown";
  std::string const bar =
      draws_ ? fmt::format("[{}] ", progress_bar(progress.fraction, bar_columns,
                                                 unicode_ ? Glyphs::unicode : Glyphs::ascii))
             : "";
  return fmt::format("{:<12} {}{:3.0f} %  ETA {}  {} candles up to {}  (coin {} of {})",
                     progress.coin, bar, 100 * progress.fraction, eta, grouped(progress.candles),
                     utc_text(progress.reached_s), finished_ + 1, coins_);
}

void FetchDisplay::on_progress(FetchProgress const& progress) {
  double const now_s = clock_s_();
  if (now_s - shown_s_ < (draws_ ? redraw_s : line_s)) return;
  shown_s_ = now_s;
  std::string const line = progress_line(progress);
  if (!draws_) {
    std::fprintf(out_, "%s\n", line.c_str());
    std::fflush(out_);
    return;
  }
  std::size_t const columns = terminal_size(out_, unicode_).columns;
  drawn_ = cut(line, columns);
  lines_.draw({drawn_}, columns);
}

/// Prints a line that stays; on a terminal above the redrawn one.
void FetchDisplay::print_above(std::string const& line) {
  if (draws_) {
    std::size_t const columns = terminal_size(out_, unicode_).columns;
    if (drawn_.empty()) {
      lines_.draw({}, columns, line);
    } else {
      lines_.draw({cut(drawn_, columns)}, columns, line);
    }
    return;
  }
  std::fprintf(out_, "%s\n", line.c_str());
  std::fflush(out_);
}

void FetchDisplay::on_note(std::string const& coin, std::string const& sentence) {
  if (draws_) return print_above("moneta: " + about(coin, sentence));
  log_info(about(coin, sentence));
}

void FetchDisplay::on_warning(std::string const& coin, std::string const& sentence) {
  if (draws_) return print_above("moneta: warning: " + about(coin, sentence));
  log_warning(about(coin, sentence));
}

void FetchDisplay::on_coin(FetchedCoin const& result) {
  drawn_.clear();
  if (result.error && draws_) {
    print_above("moneta: error: " + about(result.coin, result.error->what()));
  } else if (result.error) {
    log_error(about(result.coin, result.error->what()));
  }
  if (!result.error || result.added > 0) print_above(fetched_coin_line(result));
  ++finished_;
  coin_start_s_ = shown_s_ = clock_s_();
}

std::string fetched_coin_line(FetchedCoin const& result) {
  std::string line = fmt::format("{:<12} ", result.coin);
  bool const is_complete = !result.error && !result.stopped;
  if (result.added > 0) {
    line += fmt::format("{} candles added, up to {}", grouped(result.added),
                        utc_text(result.newest_s.value_or(0)));
  } else if (!is_complete) {
    line += "stopped before anything was added";
  } else if (result.newest_s) {
    line += fmt::format("nothing new; stored up to {}", utc_text(*result.newest_s));
  } else {
    line += "the exchange has no complete candle of the last data.days days";
  }
  if (result.listed_s) {
    line += fmt::format("; the exchange has none before {}", utc_text(*result.listed_s));
  }
  if (!is_complete && result.added > 0) line += "; not complete";
  return line;
}

}  // namespace moneta
