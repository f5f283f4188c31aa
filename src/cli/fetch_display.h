// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>

#include "base/clock.h"
#include "fetch/fetch_observer.h"
#include "telemetry/display/redrawn_lines.h"

namespace moneta {

/// Shows a download: on a terminal, a line with a bar that is redrawn; otherwise a line from time
/// to time. What remains is one line for each coin. Warnings, notes and errors go to standard
/// error, or on a terminal above the redrawn line.
class FetchDisplay final : public FetchObserver {
 public:
  /// `clock_s` is a monotonic clock.
  FetchDisplay(std::FILE* out, std::size_t coins, std::function<double()> clock_s = steady_clock_s);

  void on_progress(FetchProgress const& progress) override;
  void on_note(std::string const& coin, std::string const& sentence) override;
  void on_warning(std::string const& coin, std::string const& sentence) override;
  void on_coin(FetchedCoin const& result) override;

 private:
  void print_above(std::string const& line);
  std::string progress_line(FetchProgress const& progress) const;

  std::FILE* out_;
  std::size_t const coins_;
  std::function<double()> const clock_s_;
  bool const draws_;
  bool const unicode_;
  RedrawnLines lines_;
  std::string drawn_;         ///< the redrawn line, if there is one
  std::size_t finished_ = 0;  ///< coins
  double coin_start_s_;       ///< when the download of the coin began
  double shown_s_;            ///< when its progress was last shown
};

/// The line that remains of a coin that did not fail.
std::string fetched_coin_line(FetchedCoin const& result);

}  // namespace moneta
