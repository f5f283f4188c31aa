// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
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

/// The largest time in the names of the event files there; 0 if there is none.
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

void TensorBoard::write(EpochRecord const& record) {
  CoinFile& file = files_[record.coin];
  if (record.epoch <= file.latest_step) {
    add(file, record.epoch, restart_record(time_s(), record.epoch));
  }
  add(file, record.epoch, scalars_record(time_s(), record.epoch, scalars_of(record)));
  flush(record.coin, file);
}

void TensorBoard::write(EventRecord const& record) {
  if (record.action != "resumed" && record.action != "rolled_back") return;
  if (record.coin.empty() || !record.details.is_object()) return;
  auto const epoch = record.details.find("epoch");
  auto const finished = record.details.find("finished");
  if (epoch == record.details.end() || !epoch->is_number_integer()) return;
  if (finished != record.details.end() && *finished == true) return;  // nothing will be written
  CoinFile& file = files_[record.coin];
  std::int64_t const step = epoch->get<std::int64_t>() + 1;
  bool const starts_file = file.path.empty() && file.waiting.empty();  // which says it by itself
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
    failing_ = false;
  }
}

/// Returns errno, or 0. What reached a file that is then full is not written again: the next call
/// goes on in the middle of the record.
int TensorBoard::append_waiting(std::string const& coin, CoinFile& file) {
  int opened = -1;
  if (!file.path.empty()) opened = ::open(file.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  bool const is_gone = file.path.empty() || (opened < 0 && errno == ENOENT);
  if (is_gone) opened = create(coin, file);
  if (opened < 0) return errno;
  int why = 0;
  while (why == 0 && file.written < file.waiting.size()) {
    ssize_t const count =
        ::write(opened, file.waiting.data() + file.written, file.waiting.size() - file.written);
    if (count > 0) file.written += static_cast<std::size_t>(count);
    if (count == 0) why = ENOSPC;
    if (count < 0 && errno != EINTR) why = errno;
  }
  if (::close(opened) != 0 && why == 0) {
    why = errno;
    file.path.clear();  // who knows what is in it: all that waits goes into a new file
  }
  if (why == 0) {
    file.waiting.clear();
    file.written = 0;
  }
  return why;
}

/// Opens a new file, whose first records then wait to be written; -1 with errno if it cannot.
/// Readers take the files of a folder in the order of their names.
int TensorBoard::create(std::string const& coin, CoinFile& file) {
  fs::path const folder = folder_ / coin;
  std::error_code status;
  fs::create_directories(folder, status);  // a failure shows below
  std::int64_t const seconds = std::max(clock_() / 1000, newest_seconds(folder) + 1);
  char digits[32];
  std::snprintf(digits, sizeof digits, "%010lld", static_cast<long long>(seconds));
  fs::path const path =
      folder / fmt::format("{}{}.{}.{}.{}", prefix, digits, host_name(), ::getpid(), created_);
  int const opened = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (opened < 0) return -1;
  ++created_;
  file.path = path;
  file.waiting =
      version_record(time_s()) + restart_record(time_s(), file.first_step) + file.waiting;
  file.written = 0;
  return opened;
}

void TensorBoard::report(fs::path const& path, std::string const& why) {
  if (std::exchange(failing_, true)) return;
  on_failure_(
      {Severity::warning,
       "tensorboard_not_written",
       fmt::format(
           "cannot write TensorBoard's file '{}' ({}). Is the folder writable, and the disk not full? The run goes on and tries again with each epoch",
           path.string(), why),
       "",
       0,
       {{"path", path.string()}}});
}

bool TensorBoard::all_written() const {
  return std::all_of(files_.begin(), files_.end(),
                     [](auto const& each) { return each.second.waiting.empty(); });
}

}  // namespace moneta
