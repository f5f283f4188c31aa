// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "import/import_files.h"
#include "import/utc_offset.h"

namespace moneta {
namespace {

void print(std::string const& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

/// "1 candle", "12 candles"
std::string count_text(std::size_t count, char const* what) {
  return fmt::format("{} {}{}", grouped(count), what, count == 1 ? "" : "s");
}

/// The words between commas.
std::vector<std::string> split(std::string const& list) {
  std::vector<std::string> words;
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

std::string to_text(Candle const& candle) {
  return fmt::format("{} {} {} {} volume {}", candle.open, candle.high, candle.low, candle.close,
                     candle.volume);
}

void print_differences(ImportReport const& report, OnDifference on_difference) {
  constexpr std::size_t most_listed = 3;
  auto const& all = report.merged.differences;
  for (std::size_t i = 0; i < std::min(all.size(), most_listed); ++i) {
    print(fmt::format("    {}  stored {}, here {}", utc_text(all[i].stored.time_s),
                      to_text(all[i].stored), to_text(all[i].offered)));
  }
  if (report.merged.different == 0) return;
  print(fmt::format("    {} {} (open, high, low, close, volume)",
                    count_text(report.merged.different, "stored candle"),
                    on_difference == OnDifference::keep ? "kept" : "replaced"));
}

void print_report(ImportReport const& report, OnDifference on_difference) {
  ImportedCandles const& from = report.imported;
  std::string const interval =
      from.interval_minutes == 1 ? "" : fmt::format(" of {} min", from.interval_minutes);
  print(fmt::format("{}  {}  {}  {} to {}  {}{}: {} added, {} equal, {} different", report.source,
                    from.form, report.coin, utc_text(report.first_s), utc_text(report.last_s),
                    count_text(report.candles, "candle"), interval, grouped(report.merged.added),
                    grouped(report.merged.equal), grouped(report.merged.different)));
  for (std::string const& decision : from.decisions) print("    " + decision);
  auto const print_count = [](std::size_t count, char const* what) {
    if (count > 0) print(fmt::format("    {} {}", grouped(count), what));
  };
  print_count(from.empty_rows, "rows without prices (minutes without a trade) are left out");
  print_count(from.repeated_rows, "repeated rows are left out");
  print_count(from.unfinished_rows, "unfinished candle at the end is left out");
  print_differences(report, on_difference);
}

/// One line for each reason.
void print_ignored(std::vector<IgnoredFile> const& ignored) {
  std::map<std::string, std::vector<std::string>> files;
  for (IgnoredFile const& each : ignored) files[each.reason].push_back(each.file);
  for (auto const& [reason, names] : files) {
    constexpr std::size_t most_listed = 5;
    auto listed = joined(std::span(names).first(std::min(names.size(), most_listed)));
    if (names.size() > most_listed)
      listed += fmt::format(" and {} more", names.size() - most_listed);
    print(fmt::format("ignored ({}): {}", reason, listed));
  }
}

void print_summary(ImportRequest const& request, ImportSummary const& summary) {
  print_ignored(summary.ignored);
  print(fmt::format("{} source{} imported, {} failed: {} candles added, {} equal, {} different",
                    summary.sources, summary.sources == 1 ? "" : "s", summary.failed,
                    grouped(summary.added), grouped(summary.equal), grouped(summary.different)));
  for (std::string const& file : summary.written) print("written: " + file);
  if (summary.different > 0 && request.on_difference == OnDifference::keep) {
    print("Stored candles that differ were kept. With --replace, the sources would replace them.");
  }
  if (summary.coins.empty()) return;
  print(fmt::format("Next: moneta prepare CONFIG data.raw={} 'coins=[{}]'", request.folder.string(),
                    joined(summary.coins)));
}

}  // namespace

int import_command(ImportCommandOptions const& options) {
  ImportRequest request;
  request.sources.assign(options.sources.begin(), options.sources.end());
  request.folder = options.folder;
  request.coin = options.coin;
  if (!options.time_zone.empty()) {
    request.options.utc_offset_minutes = parse_utc_offset(options.time_zone);
  }
  request.options.columns = split(options.columns);
  request.options.any_interval = options.any_interval;
  request.on_difference = options.replace ? OnDifference::replace : OnDifference::keep;

  ImportListener listener;
  listener.on_imported = [&](ImportReport const& report) {
    print_report(report, request.on_difference);
  };
  listener.on_failed = [](Error const& error) { log_error(error.what()); };
  listener.on_wait = log_info;
  ImportSummary const summary = import_files(request, read_source, listener);
  print_summary(request, summary);
  bool const is_complete = summary.failed == 0 && (summary.different == 0 || options.replace);
  return is_complete ? 0 : static_cast<int>(ErrorKind::data);
}

}  // namespace moneta
