// SPDX-License-Identifier: Apache-2.0
#include "import/import_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "import/open_source.h"
#include "io/folder_lock.h"
#include "market/symbol.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// The record of sources beside a file that this program wrote; none if there is none that can be
/// read.
std::optional<SourceRecord> record_beside(fs::path const& file) {
  constexpr std::string_view ending = ".csv.gz";
  std::string path = file.string();
  if (!path.ends_with(ending)) return std::nullopt;
  path.resize(path.size() - ending.size());
  try {
    return read_source_record(path + ".source.json");
  } catch (Error const&) {
    return std::nullopt;
  }
}

class Import {
 public:
  Import(ImportRequest const& request, SourceReader const& read, ImportListener const& listener,
         std::size_t most_held)
      : request_(request), read_(read), listener_(listener), most_held_(most_held) {}

  ImportSummary run() {
    if (!request_.coin.empty()) require_coin_name(request_.coin);
    for (fs::path const& given : request_.sources) {
      each_or_failed(printable(given.string()), [&] {
        auto const found = find_sources({given}, request_.folder);
        auto& ignored = summary_.ignored;
        ignored.insert(ignored.end(), found.ignored.begin(), found.ignored.end());
        for (fs::path const& file : found.files) read_file(file);
      });
    }
    store();
    summary_.coins.assign(coins_.begin(), coins_.end());
    return std::move(summary_);
  }

 private:
  /// What is stored in one file.
  using Target = std::pair<std::string, std::int64_t>;  // coin and minutes of a bar

  /// Runs `work`; an error of it concerns only this source.
  template <class Work>
  void each_or_failed(std::string const& source, Work const& work) {
    try {
      work();
    } catch (Error const& error) {
      if (error.kind() == ErrorKind::disk || error.kind() == ErrorKind::internal) throw;
      ++summary_.failed;
      bool const is_named = std::string_view(error.what()).find(source) != std::string_view::npos;
      listener_.on_failed(is_named ? error : error.within(source));
    }
  }

  void read_file(fs::path const& file) {
    each_or_failed(printable(file.string()), [&] {
      SourceFile const source(file);
      auto const record = record_beside(file);
      MONETA_REQUIRE(
          !record || !record->state.artificial, data,
          "'{}' has artificial candles (in another folder they would count as real ones). Generate them there with `moneta synth`?",
          file.string());
      for (std::size_t i = 0; i < source.texts().size(); ++i) {
        SourceText const& text = source.texts()[i];
        if (text.ignored.empty()) {
          each_or_failed(text.shown, [&] { read_text(source.read(i), text, record); });
        } else if (text.ignored != "hidden") {
          summary_.ignored.push_back({text.shown, text.ignored});
        }
      }
    });
    if (held_ > most_held_) store();
  }

  void read_text(std::string const& text, SourceText const& source,
                 std::optional<SourceRecord> const& record) {
    auto markets = read_(text, source.name, request_.options);
    MONETA_REQUIRE(
        request_.coin.empty() || markets.size() == 1, config,
        "it has candles of {} markets (--coin {} would give all of them one name). Omit --coin?",
        markets.size(), request_.coin);
    for (ImportedCandles& each : markets) {
      if (record && each.exchange.empty()) {
        each.exchange = record->state.exchange;
        each.market = record->state.market;
      }
      ImportReport report;
      report.source = source.shown;
      report.coin = coin_of(each);
      report.candles = each.candles.size();
      MONETA_REQUIRE(report.candles > 0, data, "it has no candles. Is it the right file?");
      report.first_s = each.candles.front().time_s;
      report.last_s = each.candles.back().time_s;
      held_ += report.candles;
      report.imported = std::move(each);
      pending_[{report.coin, report.imported.interval_minutes}].push_back(std::move(report));
    }
  }

  std::string coin_of(ImportedCandles const& candles) {
    if (request_.coin.empty()) {
      bool const has_symbol = !candles.market.empty() && candles.market.front() != ' ';
      MONETA_REQUIRE(
          !candles.coin.empty(), config,
          "neither its content nor its name says which coin it is (its market is {}). Add --coin NAME, for example --coin KRW-BTC?",
          has_symbol ? fmt::format("'{}'", candles.market) : "unknown");
      return candles.coin;
    }
    if (market_.empty()) market_ = candles.market;
    MONETA_REQUIRE(
        candles.market.empty() || is_same_symbol(market_, candles.market), config,
        "it has candles of {}, and another source has candles of {} (--coin {} would give both one name). Import them one after the other?",
        candles.market, market_, request_.coin);
    return request_.coin;
  }

  /// Stores the candles read so far.
  void store() {
    if (pending_.empty()) return;
    auto const lock = lock_if_writable(request_.folder, listener_.on_wait);
    for (auto& [target, reports] : pending_) store_coin(target, reports);
    pending_.clear();
    held_ = 0;
  }

  void store_coin(Target const& target, std::vector<ImportReport>& reports) {
    std::string const& coin = target.first;
    std::int64_t const interval_minutes = target.second;
    fs::path const file = candle_path(request_.folder, coin, interval_minutes);
    std::vector<ImportReport> stored;
    // An error of the coin's own file concerns all sources of the coin, and is reported once.
    each_or_failed(reports.size() == 1 ? reports[0].source : coin, [&] {
      RawCoin target_file(request_.folder, coin, interval_minutes);
      for (ImportReport& report : reports) {
        each_or_failed(report.source, [&] {
          merge(target_file, report);
          stored.push_back(std::move(report));
        });
      }
      if (target_file.write()) summary_.written.push_back(file.string());
      if (interval_minutes == 1 && target_file.stored()) coins_.insert(coin);
    });
    for (ImportReport const& report : stored) {
      ++summary_.sources;
      summary_.added += report.merged.added;
      summary_.equal += report.merged.equal;
      summary_.different += report.merged.different;
      listener_.on_imported(report);
    }
  }

  void merge(RawCoin& file, ImportReport& report) const {
    ImportedCandles const& from = report.imported;
    CandleOrigin const origin = {"import", report.source, from.form, from.exchange, from.market};
    report.merged = file.merge(from.candles, origin, request_.on_difference);
    report.imported.candles = {};
  }

  ImportRequest const& request_;
  SourceReader const& read_;
  ImportListener const& listener_;
  std::size_t const most_held_;
  ImportSummary summary_;
  std::map<Target, std::vector<ImportReport>> pending_;
  std::size_t held_ = 0;  ///< candles in pending_
  std::set<std::string> coins_;
  std::string market_;  ///< of the first source, with --coin
};

}  // namespace

ImportSummary import_files(ImportRequest const& request, SourceReader const& read,
                           ImportListener const& listener, std::size_t most_held) {
  return Import(request, read, listener, most_held).run();
}

}  // namespace moneta
