// SPDX-License-Identifier: Apache-2.0
#include "data/prepare.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/host.h"
#include "base/parallel.h"
#include "base/time.h"
#include "data/coin_file.h"
#include "data/common_end.h"
#include "io/file.h"
#include "io/folder_lock.h"
#include "market/read_candles.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

using Progress = std::function<void(PreparedMonth const&)>;

/// One coin on its way through the preparation.
struct CoinJob : CoinFile {
  CoinEnd end;
  bool is_done = false;  ///< `result` is complete
  PreparedCoin result;
  bool is_committed = false;
};

void fail(CoinJob& job, DataState state, std::string problem) {
  job.result = {};
  job.result.quality.coin = job.coin;
  job.result.quality.state = state;
  job.result.quality.problem = std::move(problem);
  job.is_done = true;
}

class Preparation {
 public:
  Preparation(Config const& config, Progress const& progress, PrepareOptions const& options)
      : data_(config.data),
        progress_(progress),
        options_(options),
        threads_(options.threads != 0 ? options.threads : std::min<std::size_t>(usable_cores(), 4)),
        folder_(config.data, options.on_other_shards),
        reader_(config.data, options.now_s != 0 ? options.now_s : now_s(), folder_) {
    for (auto const& coin : config.coins) jobs_.emplace_back().coin = coin;
  }

  /// Finds out from when to when each coin has candles, in most files by their first and last rows.
  void find_spans() {
    parallel_for(jobs_.size(), threads_,
                 [&](std::size_t i) { for_coin(jobs_[i], [&] { reader_.find_span(jobs_[i]); }); });
    if (data_.end.rule == EndRule::common) read_decisive_coins();
  }

  /// Prepares all coins. If the candles of a coin show that its span was wrong, the ends are
  /// decided again, and the coins whose end changes are prepared again.
  void prepare_coins() {
    do {
      decide_ends_of_coins();
      is_span_wrong_ = false;
      next_ = 0;
      is_finished_.assign(jobs_.size(), false);
      parallel_for(jobs_.size(), threads_, [&](std::size_t i) {
        auto& job = jobs_[i];
        auto const span = job.span;
        if (!job.is_done) for_coin(job, [&] { prepare(job); });
        if (job.span != span) is_span_wrong_ = true;
        finish_in_order(i);
      });
    } while (is_span_wrong_);
  }

  PrepareSummary finish() {
    fail_if_none_is_prepared();
    for (auto& job : jobs_) {
      add_totals(job.result);
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

  /// Reads the coins without which others would end at another time: so that a bad row in one of
  /// them is found before a shard is written.
  void read_decisive_coins() {
    for (;;) {
      auto const ends = decide_ends_of_jobs().coins;
      std::vector<CoinJob*> decisive;
      for (auto& job : jobs_) {
        if (job.span && !job.is_span_certain() && is_decisive(job, ends)) decisive.push_back(&job);
      }
      if (decisive.empty()) return;
      parallel_for(decisive.size(), threads_, [&](std::size_t i) {
        for_coin(*decisive[i],
                 [&] { reader_.keep(*decisive[i], reader_.take_candles(*decisive[i])); });
      });
    }
  }

  /// True if another coin would not have its end of `with` without this one.
  bool is_decisive(CoinJob const& job, std::vector<CoinEnd> const& with) const {
    auto const without = decide_ends_of_jobs(&job).coins;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (&jobs_[i] != &job && with[i] != without[i]) return true;
    }
    return false;
  }

  /// The end of each job that has a span, but for one.
  CoinEnds decide_ends_of_jobs(CoinJob const* left_out = nullptr) const {
    std::vector<CoinSpan> spans;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (!jobs_[i].span || &jobs_[i] == left_out) continue;
      spans.push_back(*jobs_[i].span);
      numbers.push_back(i);
    }
    CoinEnds ends;
    ends.coins.resize(jobs_.size());
    if (spans.empty()) return ends;
    auto decided = decide_ends_within_folder(spans);
    for (std::size_t at = 0; at < numbers.size(); ++at) {
      ends.coins[numbers[at]] = decided.coins[at];
    }
    ends.warnings = std::move(decided.warnings);
    return ends;
  }

  /// Coins whose end changes have to be prepared, again if they were before.
  void decide_ends_of_coins() {
    auto ends = decide_ends_of_jobs();
    summary_.warnings = std::move(ends.warnings);
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      auto& job = jobs_[i];
      if (!job.span || (job.is_done && job.end == ends.coins[i])) continue;
      job.end = ends.coins[i];
      job.result = {};
      job.is_done = job.is_committed = false;
    }
  }

  /// The ends of some coins; if they are a subset, not after those of the folder's other coins.
  CoinEnds decide_ends_within_folder(std::vector<CoinSpan> const& spans) const {
    auto own = decide_ends(spans, data_);
    if (!options_.is_subset || data_.end.rule != EndRule::common) return own;
    auto all = spans;
    add_kept_spans(all);
    auto ends = decide_ends(all, data_).coins;
    ends.resize(spans.size());
    if (ends[0].end_s >= own.coins[0].end_s) return own;
    own.warnings.push_back(fmt::format(
        "the data end at {}, like those of the other coins in '{}' (coins is set on the command line and data.end is common). Prepare all coins together to use later candles, or set data.end to each?",
        utc_text(ends[0].end_s), data_.shards));
    return {std::move(ends), std::move(own.warnings)};
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
    if (!job.earlier || job.earlier->used_end_s != job.end.end_s) return false;
    auto entries = folder_.find_unchanged_coin(job.coin, *job.earlier);
    auto quality = folder_.old_quality(job.coin);
    if (!entries || !quality || quality->state != DataState::prepared) return false;
    job.result.quality = std::move(*quality);
    for (auto const& entry : *entries) job.result.months.push_back(describe_month(entry, true));
    job.result.entries = std::move(*entries);
    return true;
  }

  /// Does nothing more than reading if the span turns out to be another one.
  void prepare(CoinJob& job) {
    if (!job.end.left_out && take_unchanged(job)) {
      job.is_done = true;
      return;
    }
    if (!job.end.left_out || !job.is_span_certain()) {
      auto const span = job.span;
      auto raw = reader_.take_candles(job);
      if (job.span != span) return reader_.keep(job, std::move(raw));
      if (!job.end.left_out) {
        job.result =
            prepare_coin(job.coin, job.path, std::move(raw), job.end.end_s, data_, folder_);
        job.is_done = true;
        return;
      }
    }
    fail(job, DataState::ended,
         fmt::format("it ends at {}, long before the others", utc_text(job.span->end_s)));
  }

  /// Lists the coins in their order, whichever is done first.
  void finish_in_order(std::size_t i) {
    std::lock_guard const lock(mutex_);
    is_finished_[i] = true;
    while (next_ < jobs_.size() && is_finished_[next_]) commit(jobs_[next_++]);
  }

  void commit(CoinJob& job) {
    if (!job.is_done || job.is_committed || job.result.quality.state != DataState::prepared) return;
    job.is_committed = true;
    try {
      summary_.removed += folder_.commit(job.coin, std::move(job.result.entries),
                                         reader_.stamp_for(job, job.end.end_s));
    } catch (Error const& error) {
      throw error.within("coin " + job.coin);
    }
    if (!progress_) return;
    for (auto const& month : job.result.months) progress_(month);
  }

  void add_totals(PreparedCoin const& coin) {
    if (coin.quality.state != DataState::prepared) return;
    for (auto const& month : coin.months) {
      ++(month.unchanged ? summary_.unchanged : summary_.written);
      summary_.samples += month.samples;
      summary_.rows += month.rows;
    }
    summary_.minutes += coin.quality.minutes;
    summary_.filled_minutes += coin.quality.filled_minutes;
    for (auto const& each : coin.quality.skipped) summary_.skipped_rows += each.rows;
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
  std::size_t const threads_;
  ShardFolder folder_;
  CoinReader reader_;
  std::vector<CoinJob> jobs_;
  PrepareSummary summary_;
  std::mutex mutex_;  // guards the members below, and the order of commits
  std::size_t next_ = 0;
  std::vector<bool> is_finished_;
  std::atomic<bool> is_span_wrong_ = false;
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
  preparation.find_spans();
  preparation.prepare_coins();
  return preparation.finish();
}

}  // namespace moneta
