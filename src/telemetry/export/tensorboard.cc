// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/host.h"
#include "telemetry/export/flatten_numbers.h"
#include "telemetry/export/tensorboard_event.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view prefix = "events.out.tfevents.";
constexpr std::size_t most_waiting_bytes = 1u << 20;

Scalars scalars_of(EpochRecord const& record) {
  Scalars scalars = {
      {"loss/train", record.train_loss},
      {"loss/valid", record.valid_loss},
      {"loss/best", record.best_valid_loss},
      {"learning_rate", record.learning_rate},
      {"gradient_norm/mean", record.gradient_norm_mean},
      {"gradient_norm/max", record.gradient_norm_max},
      {"sequences_per_second", record.sequences_per_second},
      {"seconds/train", record.train_seconds},
      {"seconds/valid", record.valid_seconds},
      {"seconds/wait", record.wait_seconds},
      {"skipped_updates", static_cast<double>(record.skipped_updates)},
      {"memory/host", static_cast<double>(record.host_memory_bytes)},
  };
  for (auto& [name, number] : flatten_numbers(record.device))
    scalars.emplace_back("device/" + name, number);
  return scalars;
}

/// The largest time in the names of the event files in `folder`; 0 if there are none.
std::int64_t newest_seconds(fs::path const& folder) {
  std::int64_t newest = 0;
  std::error_code status;
  for (fs::directory_iterator each(folder, status), end; !status && each != end;
       each.increment(status)) {
    std::string const name = each->path().filename().string();
    std::int64_t seconds = 0;
    if (!name.starts_with(prefix)) continue;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), seconds);
    newest = std::max(newest, seconds);
  }
  return newest;
}

}  // namespace

TensorBoard::TensorBoard(fs::path folder, ClockMs clock,
                         std::function<void(EventRecord const&)> on_failure)
    : folder_(std::move(folder)), clock_(std::move(clock)), on_failure_(std::move(on_failure)) {}

void TensorBoard::on(EpochRecord const& record) {
  CoinFile& file = files_[record.coin];
  if (record.epoch <= file.latest_step) {
    add(file, record.epoch, restart_record(time_s(), record.epoch));
  }
  add(file, record.epoch, scalars_record(time_s(), record.epoch, scalars_of(record)));
  flush(record.coin, file);
}

void TensorBoard::on(EventRecord const& record) {
  if (record.event != Event::resumed && record.event != Event::rolled_back) return;
  ResumePoint const point = resume_point(record);
  if (record.coin.empty() || !point.epoch || point.finished) return;
  CoinFile& file = files_[record.coin];
  std::int64_t const step = *point.epoch + 1;
  // A new file starts with such a record anyway.
  bool const starts_file = file.path.empty() && file.waiting.empty();
  add(file, step, starts_file ? "" : restart_record(time_s(), step));
  file.latest_step = step - 1;
  flush(record.coin, file);
}

void TensorBoard::add(CoinFile& file, std::int64_t step, std::string const& record) {
  file.latest_step = step;
  if (file.waiting.empty()) file.first_step = step;
  file.first_step = std::min(file.first_step, step);
  if (file.waiting.size() < most_waiting_bytes) file.waiting += record;
}

void TensorBoard::flush(std::string const& coin, CoinFile& file) {
  int const why = append_waiting(coin, file);
  if (why != 0) {
    report(file.path.empty() ? folder_ / coin : file.path, std::strerror(why));
  } else if (all_written()) {
    is_failing_ = false;
  }
}

/// Returns an errno, or 0. If the disk is full in the middle of a record, the next call continues
/// there.
int TensorBoard::append_waiting(std::string const& coin, CoinFile& file) {
  Descriptor opened;
  if (!file.path.empty()) opened = Descriptor(file.path, O_WRONLY | O_APPEND | O_CLOEXEC);
  bool const is_missing = file.path.empty() || (!opened.is_open() && errno == ENOENT);
  if (is_missing) opened = create(coin, file);
  if (!opened.is_open()) return errno;
  Transfer const transfer =
      write_all(opened.get(), std::string_view(file.waiting).substr(file.written));
  file.written += transfer.bytes;
  int why = transfer.error;
  int const late_error = opened.close();
  if (late_error != 0 && why == 0) {
    why = late_error;
    file.path.clear();  // its contents are unknown, so all waiting records go into a new file
  }
  if (why == 0) {
    file.waiting.clear();
    file.written = 0;
  }
  return why;
}

/// Opens a new file and puts its first records in front of those that wait; on failure the result
/// is not open, and errno is the reason. TensorBoard reads the files of a folder in the order of
/// their names.
Descriptor TensorBoard::create(std::string const& coin, CoinFile& file) {
  fs::path const folder = folder_ / coin;
  std::error_code ignored;
  fs::create_directories(folder, ignored);  // if this fails, the call of open below fails
  std::int64_t const seconds = std::max(clock_() / 1000, newest_seconds(folder) + 1);
  fs::path const path =
      folder / fmt::format("{}{:010}.{}.{}.{}", prefix, seconds, host_name(), ::getpid(), created_);
  Descriptor opened(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (!opened.is_open()) return opened;
  ++created_;
  file.path = path;
  file.waiting =
      version_record(time_s()) + restart_record(time_s(), file.first_step) + file.waiting;
  file.written = 0;
  return opened;
}

void TensorBoard::report(fs::path const& path, std::string const& why) {
  if (std::exchange(is_failing_, true)) return;
  on_failure_(
      {.severity = Severity::warning,
       .event = Event::tensorboard_not_written,
       .message = fmt::format(
           "cannot write the TensorBoard file '{}' ({}). Is the folder writable, and is there space on the disk? The run continues and tries again with each epoch",
           path.string(), why),
       .details = {{"path", path.string()}}});
}

bool TensorBoard::all_written() const {
  return std::all_of(files_.begin(), files_.end(),
                     [](auto const& each) { return each.second.waiting.empty(); });
}

}  // namespace moneta
