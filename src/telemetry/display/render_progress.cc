// SPDX-License-Identifier: Apache-2.0
#include "telemetry/display/render_progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "telemetry/display/line_text.h"
#include "telemetry/display/reading_text.h"

namespace moneta {
namespace {

std::string padded(std::string const& text, std::size_t columns) {
  std::size_t const width = width_of(text);
  return width < columns ? text + std::string(columns - width, ' ') : text;
}

std::string right(std::string const& text, std::size_t columns) {
  std::size_t const width = width_of(text);
  return width < columns ? std::string(columns - width, ' ') + text : text;
}

std::string status_text(CoinView const& coin) {
  switch (coin.phase) {
    case CoinPhase::running:
      return right(fmt::format("{}%", static_cast<int>(coin.fraction * 100)), 4);
    case CoinPhase::finished:
      return "done";
    case CoinPhase::early_stopped:
      return "stop";
    case CoinPhase::failed:
      return "FAIL";
    case CoinPhase::waiting:
      break;
  }
  return "wait";
}

double fraction_done(CoinView const& coin, std::int64_t epochs) {
  bool const complete = coin.phase == CoinPhase::finished || coin.phase == CoinPhase::early_stopped;
  if (complete || epochs <= 0) return 1;
  return (static_cast<double>(coin.epochs_done) + coin.fraction) / static_cast<double>(epochs);
}

/// A field to the right of the bar. A narrow window drops the fields with the largest `priority`
/// first.
struct Field {
  std::string text;
  int priority;
};

/// The fields in their order on the line.
std::vector<Field> fields_of(CoinView const& coin, std::size_t epoch_digits) {
  std::string const best =
      coin.best_epoch > 0 ? fmt::format("{} ({})", loss_text(coin.best_valid_loss), coin.best_epoch)
                          : "-";
  return {{status_text(coin), 0},
          {"train " + padded(loss_text(coin.train_loss), 8), 2},
          {"valid " + padded(loss_text(coin.valid_loss), 8), 1},
          {"best " + padded(best, 11 + epoch_digits), 4},
          {right(count_text(coin.sequences_per_second), 7) + " seq/s", 3}};
}

/// Decides which fields the lines of all coins have, and how wide they are.
class LineLayout {
 public:
  LineLayout(RunView const& run, TerminalSize const& terminal)
      : terminal_(terminal),
        epochs_(run.epochs()),
        epoch_digits_(std::to_string(run.epochs()).size()) {
    for (CoinView const& coin : run.coins()) name_ = std::max(name_, width_of(coin.name));
    name_ = std::min<std::size_t>(name_, 14);
    std::size_t used = name_ + 1 + least_bar + 1 + 2 * epoch_digits_ + 1;
    if (used > terminal_.columns) {  // the numbers are more important than the bar
      used -= least_bar + 1;
      bar_ = 0;
    }
    auto const fields = fields_of(CoinView{}, epoch_digits_);
    for (int priority = 0; priority < static_cast<int>(fields.size()); ++priority) {
      auto const field = std::find_if(fields.begin(), fields.end(),
                                      [&](Field const& each) { return each.priority == priority; });
      used += 1 + width_of(field->text);
      if (used > terminal_.columns) break;
      last_priority_ = priority;
      if (bar_ == 0) continue;
      bar_ = least_bar + std::min<std::size_t>(terminal_.columns - used, widest_bar - least_bar);
    }
  }

  std::string line(CoinView const& coin) const {
    std::string text = cut(padded(coin.name, name_), name_) + ' ';
    Glyphs const glyphs = terminal_.unicode ? Glyphs::unicode : Glyphs::ascii;
    if (bar_ > 0) text += progress_bar(fraction_done(coin, epochs_), bar_, glyphs) + ' ';
    text += right(std::to_string(coin.epochs_done), epoch_digits_) + '/' + std::to_string(epochs_);
    for (Field const& field : fields_of(coin, epoch_digits_)) {
      if (field.priority <= last_priority_) text += ' ' + field.text;
    }
    return cut(text, terminal_.columns);
  }

 private:
  static constexpr std::size_t least_bar = 8, widest_bar = 40;

  TerminalSize terminal_;
  std::int64_t epochs_;
  std::size_t epoch_digits_, name_ = 1, bar_ = least_bar;
  int last_priority_ = -1;
};

std::string eta_text(RunView const& run) {
  auto const seconds = run.remaining_seconds();
  return seconds ? duration_text(*seconds) : "?";
}

/// The parts in their order with two blanks between them, without those that do not fit. The first
/// part is never left out.
std::string joined_within(std::vector<std::string> const& parts, std::size_t columns) {
  std::string text;
  for (std::string const& part : parts) {
    if (part.empty()) continue;
    if (text.empty()) {
      text = cut(part, columns);
    } else if (width_of(text) + 2 + width_of(part) <= columns) {
      text += "  " + part;
    }
  }
  return text;
}

std::string run_line(RunView const& run, double now_s, std::size_t columns) {
  std::int64_t done = 0;
  std::int64_t planned = 0;
  std::size_t failed = 0;
  double const elapsed_s = run.elapsed_seconds(now_s);
  for (CoinView const& coin : run.coins()) {
    done += coin.epochs_done;
    planned += coin.is_done() ? coin.epochs_done : run.epochs();
    failed += coin.phase == CoinPhase::failed ? 1 : 0;
  }
  return joined_within(
      {fmt::format("{}{}", run.has_ended() ? "left " : "ETA ", eta_text(run)),
       failed > 0 ? fmt::format("{} failed", failed) : "",
       std::isfinite(elapsed_s) ? fmt::format("elapsed {}", duration_text(elapsed_s)) : "",
       fmt::format("{} of {} epochs", count_text(static_cast<double>(done)),
                   count_text(static_cast<double>(planned)))},
      columns);
}

/// "rank 0: 62 C 310/345 W 98 %  rank 1: ...  +6": the readings of as many ranks as fit, and the
/// number of the others.
std::string readings_line(std::vector<Json> const& readings, std::size_t columns) {
  std::vector<std::string> all;
  for (std::size_t rank = 0; rank < readings.size(); ++rank) {
    std::string const text = reading_text(readings[rank]);
    if (!text.empty()) all.push_back(fmt::format("rank {}: {}", rank, text));
  }
  std::vector<std::string> parts;
  std::size_t used = 0;
  for (std::string const& each : all) {
    std::size_t const others = all.size() - parts.size() - 1;
    std::size_t const reserved = others > 0 ? fmt::format("  +{}", others).size() : 0;
    std::size_t const width = (parts.empty() ? 0 : 2) + width_of(each);
    if (used + width + reserved > columns) break;
    used += width;
    parts.push_back(each);
  }
  if (parts.empty()) return "";
  if (parts.size() < all.size()) parts.push_back(fmt::format("+{}", all.size() - parts.size()));
  return joined_within(parts, columns);
}

/// "... 195 more coins: 150 waiting, 40 done, 5 failed"
std::string rest_line(std::vector<CoinView const*> const& rest, std::size_t columns) {
  static constexpr std::array<char const*, 5> words = {"waiting", "running", "done",
                                                       "stopped early", "failed"};
  std::string text =
      fmt::format("... {} more {}", rest.size(), rest.size() == 1 ? "coin" : "coins");
  std::string const head = text;
  char const* separator = ": ";
  for (std::size_t phase = 0; phase < words.size(); ++phase) {
    auto const count = std::count_if(rest.begin(), rest.end(), [&](CoinView const* coin) {
      return coin->phase == static_cast<CoinPhase>(phase);
    });
    if (count == 0) continue;
    text += fmt::format("{}{} {}", separator, count, words[phase]);
    separator = ", ";
  }
  return cut(width_of(text) <= columns ? text : head, columns);
}

}  // namespace

std::vector<std::string> render_progress(RunView const& run, double now_s,
                                         TerminalSize const& terminal) {
  if (terminal.rows == 0) return {};
  std::vector<CoinView const*> shown;
  for (CoinView const& coin : run.coins()) shown.push_back(&coin);
  std::vector<CoinView const*> rest;
  if (shown.size() + 1 > terminal.rows) {
    std::stable_partition(shown.begin(), shown.end(),
                          [](CoinView const* coin) { return coin->phase == CoinPhase::running; });
    std::size_t const room = terminal.rows > 2 ? terminal.rows - 2 : 0;
    rest.assign(shown.begin() + static_cast<std::ptrdiff_t>(room), shown.end());
    shown.resize(room);
  }
  LineLayout const layout(run, terminal);
  std::vector<std::string> lines;
  for (CoinView const* const coin : shown) lines.push_back(layout.line(*coin));
  if (!rest.empty() && terminal.rows > 1) lines.push_back(rest_line(rest, terminal.columns));
  std::string readings = readings_line(run.readings(), terminal.columns);
  if (!readings.empty() && lines.size() + 2 <= terminal.rows) lines.push_back(std::move(readings));
  lines.push_back(run_line(run, now_s, terminal.columns));
  return lines;
}

std::string epoch_line(EpochRecord const& record, RunView const& run) {
  std::size_t name = record.coin.size();
  for (CoinView const& coin : run.coins()) name = std::max(name, width_of(coin.name));
  std::size_t const digits = std::to_string(record.epochs).size();
  return fmt::format("epoch {}/{}  {}  train {}  valid {}  best {} ({})  {} seq/s  {}  eta {}",
                     right(std::to_string(record.epoch), digits), record.epochs,
                     padded(record.coin, name), loss_text(record.train_loss),
                     loss_text(record.valid_loss), loss_text(record.best_valid_loss),
                     record.best_epoch, count_text(record.sequences_per_second),
                     duration_text(record.train_seconds + record.valid_seconds), eta_text(run));
}

std::string event_line(EventRecord const& record) {
  std::string text = record.severity == Severity::info ? "" : to_string(record.severity);
  if (!record.coin.empty()) text += (text.empty() ? "" : " ") + record.coin;
  text += (text.empty() ? "" : ": ") + record.message;
  for (char& letter : text) {
    auto const code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7f) letter = ' ';
  }
  return text;
}

}  // namespace moneta
