// SPDX-License-Identifier: Apache-2.0
#include "data/prepare.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/host.h"
#include "base/parallel.h"
#include "base/time.h"
#include "base/version.h"
#include "data/common_end.h"
#include "data/file_stamps.h"
#include "data/manifest.h"
#include "io/file.h"
#include "io/folder_lock.h"
#include "market/read_candles.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

using Progress = std::function<void(PreparedMonth const&)>;

/// Candles are kept from the time that their end is known until they are used, up to this many
/// bytes; the files of further coins are read twice.
constexpr std::size_t most_kept_bytes = std::size_t{256} << 20;

/// One coin on its way through the preparation.
struct CoinJob {
  std::string coin;
  fs::path path;
  std::optional<FileStamp> stamp;    ///< of the raw file, before it was read
  std::optional<RawCandles> raw;     ///< if they are kept
  std::optional<CoinStamp> earlier;  ///< what is known of the file if it has not changed
  CoinSpan span;
  std::int64_t end_s = 0;
  bool is_done = false;  ///< `result` is complete
  PreparedCoin result;
  bool was_read = false;  ///< the shards were compared with the candles
};

void fail(CoinJob& job, DataState state, std::string problem) {
  job.result = {};
  job.result.quality.coin = job.coin;
  job.result.quality.state = state;
  job.result.quality.problem = std::move(problem);
  job.is_done = true;
}

/// Everything that decides what is made of a raw file: if it is the same, nothing changes.
std::string rules_of(DataConfig const& data) {
  return fmt::format("{} {} {} {} {}", version_text(), preparation_settings(data).dump(),
                     data.on_bad_row == BadRows::skip ? "skip" : "error", data.max_bad_rows,
                     data.max_price_step);
}

class Preparation {
 public:
  Preparation(Config const& config, Progress const& progress, PrepareOptions const& options)
      : data_(config.data),
        progress_(progress),
        options_(options),
        now_s_(options.now_s != 0 ? options.now_s : now_s()),
        threads_(options.threads != 0 ? options.threads : std::min<std::size_t>(usable_cores(), 4)),
        rules_(rules_of(config.data)),
        folder_(config.data, options.on_other_shards) {
    for (auto const& coin : config.coins) jobs_.emplace_back().coin = coin;
  }

  /// Finds out from when to when each coin has candles.
  void read_spans() {
    parallel_for(jobs_.size(), threads_,
                 [&](std::size_t i) { for_coin(jobs_[i], [&] { read_span(jobs_[i]); }); });
  }

  void decide_ends_of_coins() {
    std::vector<CoinSpan> spans;
    for (auto const& job : jobs_) {
      if (!job.is_done) spans.push_back(job.span);
    }
    if (spans.empty()) return;
    auto const ends = decide_ends_within_folder(spans);
    std::size_t at = 0;
    for (auto& job : jobs_) {
      if (job.is_done) continue;
      auto const& end = ends[at++];
      job.end_s = end.end_s;
      if (end.left_out) {
        fail(job, DataState::ended,
             fmt::format("it ends at {}, long before the others", utc_text(job.span.end_s)));
      }
    }
  }

  void prepare_coins() {
    parallel_for(jobs_.size(), threads_, [&](std::size_t i) {
      if (!jobs_[i].is_done) for_coin(jobs_[i], [&] { prepare(jobs_[i]); });
      finish_in_order(i);
    });
  }

  PrepareSummary finish() {
    fail_if_none_is_prepared();
    for (auto& job : jobs_) {
      keep_measures(job.result.quality);
      summary_.coins.push_back(std::move(job.result.quality));
    }
    summary_.removed += folder_.finish(summary_.coins);
    return std::move(summary_);
  }

 private:
  /// Calls `work`; an error of the data becomes the result of the coin.
  template <class Work>
  void for_coin(CoinJob& job, Work const& work) {
    try {
      work();
    } catch (Error const& error) {
      if (error.kind() != ErrorKind::data) throw error.within("coin " + job.coin);
      fail(job, DataState::failed, error.what());
    }
  }

  RawCandles read(CoinJob const& job) const {
    auto raw = read_candles(job.path, data_.on_bad_row, {data_.max_bad_rows, now_s_});
    MONETA_REQUIRE(!raw.candles.empty(), data, "'{}' contains no candles. Fetch the coin again?",
                   job.path.string());
    return raw;
  }

  void read_span(CoinJob& job) {
    job.path = find_raw_file(data_.raw, job.coin);
    job.stamp = stamp_of(job.path);
    auto const earlier = folder_.coin_stamp(job.coin);
    if (earlier && earlier->raw_file == job.path.string() && earlier->raw == job.stamp &&
        earlier->rules == rules_) {
      job.earlier = earlier;
      job.span = {job.coin, earlier->first_s, earlier->end_s};
      return;
    }
    auto raw = read(job);
    job.span = {job.coin, raw.candles.front().time_s,
                raw.candles.back().time_s + seconds_per_minute};
    auto const bytes = raw.candles.size() * (sizeof(Candle) + sizeof(std::uint32_t));
    std::lock_guard const lock(mutex_);
    if (kept_bytes_ + bytes > most_kept_bytes) return;
    kept_bytes_ += bytes;
    job.raw = std::move(raw);
  }

  /// The ends of some coins; if they are a subset, not after those of the folder's other coins.
  std::vector<CoinEnd> decide_ends_within_folder(std::vector<CoinSpan> const& spans) {
    auto const own = decide_ends(spans, data_);
    summary_.warnings = own.warnings;
    if (!options_.is_subset || data_.end.rule != EndRule::common) return own.coins;
    auto all = spans;
    add_kept_spans(all);
    auto ends = decide_ends(all, data_).coins;
    ends.resize(spans.size());
    if (ends[0].end_s >= own.coins[0].end_s) return own.coins;
    summary_.warnings.push_back(fmt::format(
        "the data end at {}, like those of the other coins in '{}' (coins is set on the command line and data.end is common). Prepare all coins together to use later candles, or set data.end to each?",
        utc_text(ends[0].end_s), data_.shards));
    return ends;
  }

  /// Adds the coins of the folder that are not prepared now.
  void add_kept_spans(std::vector<CoinSpan>& spans) const {
    std::vector<std::string> names;
    for (auto const& job : jobs_) names.push_back(job.coin);
    for (auto const& each : folder_.kept_quality(names)) {
      if (each.state == DataState::prepared) {
        spans.push_back({each.coin, each.first_time_s, each.end_s});
      }
    }
  }

  /// True if neither the raw file nor a shard changed since the coin was prepared with this end.
  bool take_unchanged(CoinJob& job) {
    if (!job.earlier || job.earlier->used_end_s != job.end_s) return false;
    auto entries = folder_.find_unchanged_coin(job.coin, *job.earlier);
    auto quality = folder_.old_quality(job.coin);
    if (!entries || !quality || quality->state != DataState::prepared) return false;
    job.result.quality = std::move(*quality);
    for (auto const& entry : *entries) job.result.months.push_back(describe_month(entry, true));
    job.result.entries = std::move(*entries);
    return true;
  }

  void prepare(CoinJob& job) {
    if (!take_unchanged(job)) {
      auto const raw = job.raw ? std::move(*job.raw) : read(job);
      job.raw.reset();
      job.result = prepare_coin(job.coin, job.path, raw, job.end_s, data_, folder_);
      job.was_read = true;
    }
    job.is_done = true;
  }

  /// Lists the coins in their order, whichever is done first.
  void finish_in_order(std::size_t i) {
    std::lock_guard const lock(mutex_);
    is_finished_.resize(jobs_.size());
    is_finished_[i] = true;
    while (next_ < jobs_.size() && is_finished_[next_]) commit(jobs_[next_++]);
  }

  void commit(CoinJob& job) {
    auto const& quality = job.result.quality;
    if (quality.state != DataState::prepared) return;
    try {
      summary_.removed += folder_.commit(job.coin, std::move(job.result.entries), stamp_for(job));
    } catch (Error const& error) {
      throw error.within("coin " + job.coin);
    }
    for (auto const& month : job.result.months) {
      ++(month.unchanged ? summary_.unchanged : summary_.written);
      summary_.samples += month.samples;
      summary_.rows += month.rows;
      if (progress_) progress_(month);
    }
    summary_.minutes += quality.minutes;
    summary_.filled_minutes += quality.filled_minutes;
    for (auto const& each : quality.skipped) summary_.skipped_rows += each.rows;
  }

  std::optional<CoinStamp> stamp_for(CoinJob const& job) const {
    if (!job.was_read) return job.earlier;
    if (!job.stamp) return std::nullopt;
    return CoinStamp{.raw_file = job.path.string(),
                     .raw = *job.stamp,
                     .rules = rules_,
                     .first_s = job.span.first_s,
                     .end_s = job.span.end_s,
                     .used_end_s = job.end_s};
  }

  /// A coin that failed keeps its shards, so the measures of the record are theirs.
  void keep_measures(CoinQuality& quality) const {
    auto const old = folder_.old_quality(quality.coin);
    if (quality.state != DataState::failed || !old || old->samples == 0) return;
    auto problem = std::move(quality.problem);
    quality = *old;
    quality.state = DataState::failed;
    quality.problem = std::move(problem);
    quality.warnings.clear();
  }

  /// That all coins are too new is no state of the market, but a mistake.
  void fail_if_none_is_prepared() {
    bool const is_any = std::any_of(jobs_.begin(), jobs_.end(), [](auto const& job) {
      return job.result.quality.state == DataState::prepared;
    });
    if (is_any) return;
    for (auto& job : jobs_) job.result.quality.state = DataState::failed;
  }

  DataConfig const& data_;
  Progress const& progress_;
  PrepareOptions const& options_;
  std::int64_t const now_s_;
  std::size_t const threads_;
  std::string const rules_;
  ShardFolder folder_;
  std::vector<CoinJob> jobs_;
  PrepareSummary summary_;
  std::mutex mutex_;  // guards the members below, and the order of commits
  std::size_t kept_bytes_ = 0, next_ = 0;
  std::vector<bool> is_finished_;
};

/// Keeps other processes from changing the folder; none if this one cannot change it either.
std::optional<FolderLock> lock_folder(fs::path const& folder, PrepareOptions const& options) {
  create_folder(folder);
  if (!is_writable(folder)) return std::nullopt;
  return std::optional<FolderLock>(std::in_place, folder, options.on_wait);
}

}  // namespace

PrepareSummary prepare_shards(Config const& config, Progress const& progress,
                              PrepareOptions const& options) {
  if (!fs::is_directory(config.data.raw)) (void)find_raw_file(config.data.raw, config.coins.at(0));
  auto const lock = lock_folder(config.data.shards, options);
  Preparation preparation(config, progress, options);
  preparation.read_spans();
  preparation.decide_ends_of_coins();
  preparation.prepare_coins();
  return preparation.finish();
}

}  // namespace moneta
