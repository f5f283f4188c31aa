// SPDX-License-Identifier: Apache-2.0
#include "market/write_candles.h"

#include <charconv>
#include <string>

#include "io/commit_file.h"

namespace moneta {
namespace {

template <class Number>
void append(std::string& text, Number number) {
  char digits[32];  // the shortest form of a double has at most 24 characters
  auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(digits, end);
}

void append_row(std::string& text, Candle const& candle) {
  append(text, candle.time_s * 1000);
  for (double const number : {candle.open, candle.high, candle.low, candle.close, candle.volume}) {
    text += ',';
    append(text, number);
  }
  text += '\n';
}

}  // namespace

void write_rows(LineWriter& file, std::span<Candle const> candles) {
  constexpr std::size_t piece_bytes = std::size_t{1} << 16;
  std::string text;
  for (Candle const& candle : candles) {
    append_row(text, candle);
    if (text.size() < piece_bytes) continue;
    file.write(text);
    text.clear();
  }
  file.write(text);
}

void write_candles(std::filesystem::path const& path, std::span<Candle const> candles) {
  TextFormat const format = path.extension() == ".gz" ? TextFormat::gzip : TextFormat::plain;
  commit_file(path, [&](std::filesystem::path const& temporary) {
    LineWriter file(temporary, format);
    file.write(candle_header);
    write_rows(file, candles);
    file.close();
  });
}

}  // namespace moneta
