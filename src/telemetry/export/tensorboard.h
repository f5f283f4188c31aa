// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "io/file.h"
#include "telemetry/sink.h"

namespace moneta {

/// Writes TensorBoard event files,
/// `<folder>/<coin>/events.out.tfevents.<seconds>.<host>.<pid>.<n>`: the numbers of each epoch at
/// step = epoch, and those of its `device` under `device/`. A number that is not finite is left out
/// and appears as a gap in the curve.
///
/// Each process starts a new file for each coin, which sorts after the existing ones and contains
/// the epoch at which the coin resumes: TensorBoard then drops what it has read of this epoch and
/// later ones (its fast loader does so with the first repeated point). The same record is written
/// when a coin returns to an earlier epoch.
///
/// Files are only appended to, and an epoch is in its file when `on` returns. If a file cannot be
/// written, that is one event for all coins, until everything is written again; the missing records
/// wait in memory for the coin's next epoch (up to 1 MiB per coin, later epochs are lost). Nothing
/// throws unless `on_failure` does; `on_failure` may call `on`.
class TensorBoard final : public Sink {
 public:
  /// Does not access any file.
  TensorBoard(std::filesystem::path folder, ClockMs clock,
              std::function<void(EventRecord const&)> on_failure);

  using Sink::on;
  void on(EpochRecord const& record) override;
  /// Uses only `resumed` and `rolled_back`; see ResumePoint.
  void on(EventRecord const& record) override;

 private:
  struct CoinFile {
    std::filesystem::path path;    ///< empty before the file is created
    std::string waiting;           ///< records that are not yet completely in the file
    std::size_t written = 0;       ///< bytes of `waiting` that are in the file
    std::int64_t first_step = 1;   ///< of the records that wait
    std::int64_t latest_step = 0;  ///< of all records so far
  };

  double time_s() const { return static_cast<double>(clock_()) / 1000; }
  void add(CoinFile& file, std::int64_t step, std::string const& record);
  void flush(std::string const& coin, CoinFile& file);
  int append_waiting(std::string const& coin, CoinFile& file);
  Descriptor create(std::string const& coin, CoinFile& file);
  void report(std::filesystem::path const& path, std::string const& why);
  bool all_written() const;

  std::filesystem::path const folder_;
  ClockMs const clock_;
  std::function<void(EventRecord const&)> const on_failure_;
  std::map<std::string, CoinFile> files_;
  std::size_t created_ = 0;
  bool is_failing_ = false;
};

}  // namespace moneta
