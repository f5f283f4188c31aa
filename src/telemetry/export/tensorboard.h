// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "telemetry/record.h"

namespace moneta {

/// TensorBoard event files, `<folder>/<coin>/events.out.tfevents.<seconds>.<host>.<pid>.<n>`: the
/// numbers of each epoch at step = epoch, and those of its `device` under `device/`. A number that
/// is not finite is left out: a gap in the curve.
///
/// A process starts a file of its own for each coin, which sorts after those that are there and
/// says from which epoch the coin goes on: TensorBoard then drops what it has of this epoch and
/// later ones (its fast loader does so with the first point that comes again). The same is said
/// when a coin goes back to an earlier epoch.
///
/// Files are only ever appended to, and an epoch is in its file before `write` returns. A file that
/// cannot be written is one event for all coins, until everything is written again; what is missing
/// waits in memory for the coin's next epoch (1 MiB a coin, later epochs are lost). No call throws
/// unless `on_failure` does; `on_failure` may call this again. For one thread at a time.
class TensorBoard {
 public:
  /// Touches no file yet.
  TensorBoard(std::filesystem::path folder, ClockMs clock,
              std::function<void(EventRecord const&)> on_failure);

  void write(EpochRecord const& record);
  /// Of interest are "resumed" and "rolled_back" with `epoch` (epochs done) in their details.
  void write(EventRecord const& record);

 private:
  /// What is known of a coin's file.
  struct CoinFile {
    std::filesystem::path path;    ///< empty: none yet
    std::string waiting;           ///< records that are not, or not as a whole, in the file
    std::size_t written = 0;       ///< bytes of `waiting` that are in the file
    std::int64_t first_step = 1;   ///< of what waits
    std::int64_t latest_step = 0;  ///< of all records so far
  };

  double time_s() const { return static_cast<double>(clock_()) / 1000; }
  void add(CoinFile& file, std::int64_t step, std::string const& record);
  void flush(std::string const& coin, CoinFile& file);
  int append_waiting(std::string const& coin, CoinFile& file);
  int create(std::string const& coin, CoinFile& file);
  void report(std::filesystem::path const& path, std::string const& why);
  bool all_written() const;

  std::filesystem::path const folder_;
  ClockMs const clock_;
  std::function<void(EventRecord const&)> const on_failure_;
  std::map<std::string, CoinFile> files_;
  std::size_t created_ = 0;
  bool failing_ = false;
};

}  // namespace moneta
