// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_history.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "io/json_file.h"
#include "io/untrusted_json.h"
#include "telemetry/logging/log_files.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Reads the members that the progress display needs. Other versions may log more or fewer.
EpochRecord epoch_from_log(Json const& json) {
  auto const number = [&json](char const* key, double fallback) {
    auto const found = json.find(key);
    return found == json.end() ? fallback : number_from(*found);
  };
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  EpochRecord record;
  auto const count = [&json](char const* key) {
    auto const found = json.find(key);
    return found == json.end() ? 0 : untrusted_count(*found);
  };
  record.coin = untrusted_name(json.at("coin"));
  record.epoch = untrusted_count(json.at("epoch"));
  record.epochs = count("epochs");
  record.rank = static_cast<std::size_t>(count("rank"));
  record.finished = json.value("finished", false);
  record.best_epoch = count("best_epoch");
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

}  // namespace

EpochHistory read_epoch_history(fs::path const& log_folder) {
  EpochHistory history;
  std::vector<TimedEpoch> epochs;
  auto const take = [&](std::string_view line) {
    if (line.empty()) return;
    try {
      Json const json = parse_json(line, "a line of a log");
      epochs.push_back({json.value("@timestamp", std::string()), epoch_from_log(json)});
    } catch (std::exception const&) {
      ++history.unreadable;  // possibly a line that is being written
    }
  };
  std::vector<LogFile> files;
  try {
    files = log_files(log_folder, "epochs");
  } catch (Error const&) {
    ++history.unreadable;
  }
  for (LogFile const& file : files) {
    try {
      read_log(file, take);
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
