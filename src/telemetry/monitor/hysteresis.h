// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta {

/// Whether a state is there, told once: it begins after some samples in a row that say so, and ends
/// after some in a row that say the opposite. Samples that say neither change nothing.
class Hysteresis {
 public:
  enum class Sample { bad, neither, good };
  enum class Change { none, begins, ends };

  Hysteresis(std::size_t to_begin, std::size_t to_end) : to_begin_(to_begin), to_end_(to_end) {}

  Change see(Sample sample) {
    bad_ = sample == Sample::bad ? bad_ + 1 : 0;
    good_ = sample == Sample::good ? good_ + 1 : 0;
    if (!is_on_ && bad_ >= to_begin_) {
      is_on_ = true;
      return Change::begins;
    }
    if (is_on_ && good_ >= to_end_) {
      is_on_ = false;
      return Change::ends;
    }
    return Change::none;
  }
  Change see(bool is_bad) { return see(is_bad ? Sample::bad : Sample::good); }

  bool is_on() const { return is_on_; }

 private:
  std::size_t to_begin_, to_end_;
  std::size_t bad_ = 0, good_ = 0;
  bool is_on_ = false;
};

}  // namespace moneta
