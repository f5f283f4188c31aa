// SPDX-License-Identifier: Apache-2.0
#include "data/coin_file.h"

#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "base/version.h"
#include "data/manifest.h"
#include "market/read_span.h"
#include "market/source_record.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// Kept candles take at most this many bytes; the files of further coins are read twice.
constexpr std::size_t most_kept_bytes = std::size_t{32} << 20;

/// Everything that decides what is made of a raw file: if it is the same, nothing changes.
std::string rules_of(DataConfig const& data) {
  return fmt::format("{} {} {} {} {}", version_text(), preparation_settings(data).dump(),
                     data.on_bad_row == BadRows::skip ? "skip" : "error", data.max_bad_rows,
                     data.max_price_step);
}

/// The span that the record of sources beside the file says, if the file has the recorded size.
/// What it says is verified when the candles are read.
std::optional<CandleSpan> recorded_span(fs::path const& file, std::string const& coin) {
  try {
    auto const folder = file.parent_path();
    auto const record = read_source_record(source_record_path(folder, coin, 1));
    std::error_code missing;
    bool const is_of_file = record && !record->next && record->state.candles > 0 &&
                            candle_path(folder, coin, 1) == file &&
                            fs::file_size(file, missing) == record->state.bytes && !missing;
    if (!is_of_file) return std::nullopt;
    return CandleSpan{record->state.first.time_s, record->state.newest.time_s};
  } catch (Error const&) {
    return std::nullopt;  // prepare does not need the record
  }
}

std::optional<CandleSpan> likely_span(fs::path const& file, std::string const& coin) {
  auto const recorded = recorded_span(file, coin);
  return recorded ? recorded : read_span(file);
}

}  // namespace

CoinReader::CoinReader(DataConfig const& data, std::int64_t now_s, ShardFolder& folder)
    : data_(data), now_s_(now_s), folder_(folder), rules_(rules_of(data)) {}

void CoinReader::find_span(CoinFile& file) {
  file.path = find_raw_file(data_.raw, file.coin);
  file.stamp = stamp_of(file.path);
  auto const earlier = folder_.coin_stamp(file.coin);
  if (earlier && earlier->raw_file == file.path.string() && earlier->raw == file.stamp &&
      earlier->rules == rules_) {
    file.earlier = earlier;
    file.span = CoinSpan{file.coin, earlier->first_s, earlier->end_s};
    return;
  }
  // What failed the last time probably fails again, and then it decides no end.
  auto const quality = folder_.old_quality(file.coin);
  bool const has_failed = quality && quality->state == DataState::failed;
  auto const span = has_failed ? std::nullopt : likely_span(file.path, file.coin);
  if (span && span->last_s <= now_s_) {
    file.span = CoinSpan{file.coin, span->first_s, span->last_s + seconds_per_minute};
  } else {
    keep(file, take_candles(file));
  }
}

RawCandles CoinReader::take_candles(CoinFile& file) const {
  if (file.kept) {
    auto candles = std::move(*file.kept);
    file.kept.reset();
    return candles;
  }
  auto const known = file.was_read ? file.span : std::nullopt;
  file.span.reset();
  auto raw = read_candles(file.path, data_.on_bad_row, {data_.max_bad_rows, now_s_});
  MONETA_REQUIRE(!raw.candles.empty(), data, "'{}' contains no candles. Fetch the coin again?",
                 file.path.string());
  file.span = known ? *known
                    : CoinSpan{file.coin, raw.candles.front().time_s,
                               raw.candles.back().time_s + seconds_per_minute};
  file.was_read = true;
  return raw;
}

void CoinReader::keep(CoinFile& file, RawCandles candles) {
  auto const bytes = candles.candles.size() * (sizeof(Candle) + sizeof(std::uint32_t));
  std::lock_guard const lock(mutex_);
  if (kept_bytes_ + bytes > most_kept_bytes) return;
  kept_bytes_ += bytes;
  file.kept = std::move(candles);
}

std::optional<CoinStamp> CoinReader::stamp_for(CoinFile const& file, std::int64_t end_s) const {
  if (!file.was_read) return file.earlier;
  if (!file.stamp) return std::nullopt;
  return CoinStamp{.raw_file = file.path.string(),
                   .raw = *file.stamp,
                   .rules = rules_,
                   .first_s = file.span->first_s,
                   .end_s = file.span->end_s,
                   .used_end_s = end_s};
}

}  // namespace moneta
