// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta {

/// A state that begins after a number of bad samples in a row and ends after a number of good
/// samples in a row. A neutral sample interrupts both.
class Hysteresis {
 public:
  enum class Sample { bad, neutral, good };
  enum class Change { none, begins, ends };

  Hysteresis(std::size_t bad_to_begin, std::size_t good_to_end)
      : bad_to_begin_(bad_to_begin), good_to_end_(good_to_end) {}

  Change update(Sample sample) {
    bad_ = sample == Sample::bad ? bad_ + 1 : 0;
    good_ = sample == Sample::good ? good_ + 1 : 0;
    if (!is_active_ && bad_ >= bad_to_begin_) {
      is_active_ = true;
      return Change::begins;
    }
    if (is_active_ && good_ >= good_to_end_) {
      is_active_ = false;
      return Change::ends;
    }
    return Change::none;
  }
  Change update(bool is_bad) { return update(is_bad ? Sample::bad : Sample::good); }

  bool is_active() const { return is_active_; }

 private:
  std::size_t bad_to_begin_, good_to_end_;
  std::size_t bad_ = 0, good_ = 0;
  bool is_active_ = false;
};

}  // namespace moneta
