// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log_history.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/error.h"
#include "io/json_file.h"
#include "io/line_reader.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

bool is_day(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

/// The members that a picture needs; a record of another version may have more or fewer.
EpochRecord epoch_from_log(Json const& json) {
  auto const number = [&json](char const* key, double without) {
    auto const found = json.find(key);
    return found == json.end() ? without : number_from(*found);
  };
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  EpochRecord record;
  json.at("coin").get_to(record.coin);
  json.at("epoch").get_to(record.epoch);
  record.epochs = json.value("epochs", std::int64_t{0});
  record.rank = json.value("rank", std::size_t{0});
  record.finished = json.value("finished", false);
  record.best_epoch = json.value("best_epoch", std::int64_t{0});
  record.train_loss = number("train_loss", unknown);
  record.valid_loss = number("valid_loss", unknown);
  record.best_valid_loss = number("best_valid_loss", unknown);
  record.train_seconds = number("train_seconds", 0);
  record.valid_seconds = number("valid_seconds", 0);
  record.sequences_per_second = number("sequences_per_second", 0);
  return record;
}

struct TimedEpoch {
  std::string timestamp;
  EpochRecord record;
};

/// Returns the number of lines that are no records; throws Error if the rest of the file cannot be
/// read.
std::size_t read_log(LineReader& reader, std::string const& what, std::vector<TimedEpoch>& into) {
  std::size_t unreadable = 0;
  for (std::string_view line; reader.next(line);) {
    if (line.empty()) continue;
    try {
      Json const json = parse_json(line, what);
      into.push_back({json.value("@timestamp", std::string()), epoch_from_log(json)});
    } catch (std::exception const&) {
      ++unreadable;  // also the end of a line that is being written now
    }
  }
  return unreadable;
}

}  // namespace

std::optional<LogFileName> parse_log_file_name(std::string_view file, std::string_view name) {
  LogFileName parsed;
  parsed.compressed = take_suffix(file, ".gz");
  if (!take_suffix(file, ".jsonl") || !file.starts_with(name)) return std::nullopt;
  file.remove_prefix(name.size());
  if (!file.starts_with('-') || !is_day(file.substr(1, 10))) return std::nullopt;
  parsed.day = file.substr(1, 10);
  file.remove_prefix(11);
  if (file.empty()) return parsed;
  char const* const end = file.data() + file.size();
  auto const [stop, problem] = std::from_chars(file.data() + 1, end, parsed.part);
  if (file[0] != '.' || problem != std::errc() || stop != end) return std::nullopt;
  return parsed;
}

std::vector<fs::path> log_files(fs::path const& folder, std::string_view name) {
  std::vector<std::pair<LogFileName, fs::path>> found;
  std::error_code failed;
  for (auto each = fs::directory_iterator(folder, failed);
       !failed && each != fs::directory_iterator(); each.increment(failed)) {
    auto const parsed = parse_log_file_name(each->path().filename().string(), name);
    if (parsed) found.emplace_back(*parsed, each->path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < found.size(); ++i) {
    LogFileName plain = found[i].first;
    plain.compressed = false;
    bool const is_twin = i > 0 && found[i].first.compressed && found[i - 1].first == plain;
    if (!is_twin) files.push_back(found[i].second);
  }
  return files;
}

EpochHistory read_epoch_history(fs::path const& log_folder) {
  EpochHistory history;
  std::vector<TimedEpoch> epochs;
  for (fs::path const& file : log_files(log_folder, "epochs")) {
    try {
      LineReader reader(file);
      history.unreadable += read_log(reader, cat("'", file.string(), "'"), epochs);
    } catch (Error const&) {
      ++history.unreadable;
    }
  }
  std::stable_sort(epochs.begin(), epochs.end(),
                   [](auto const& a, auto const& b) { return a.timestamp < b.timestamp; });
  for (TimedEpoch& each : epochs) history.epochs.push_back(std::move(each.record));
  return history;
}

}  // namespace moneta
