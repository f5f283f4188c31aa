// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "telemetry/logging/daily_file.h"

namespace moneta {

/// The DailyFile of one kind of log as a sink of Boost.Log: the lines go through a Boost.Log
/// channel that no other sink of this process receives. May be used from any thread.
class LogChannel {
 public:
  /// Opens the file. Throws Error (disk) if it cannot be written.
  LogChannel(std::filesystem::path const& folder, std::string const& kind, ClockMs const& clock,
             DailyFileHooks const& hooks);
  LogChannel(LogChannel const&) = delete;
  LogChannel& operator=(LogChannel const&) = delete;
  ~LogChannel();

  /// These are the functions of DailyFile.
  void write(std::string const& line);
  std::optional<std::string> take_failure();
  std::size_t lost_lines() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
