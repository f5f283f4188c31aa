// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace moneta {

/// The sum, an extreme or the moments of the last `window` numbers, in amortized constant time per
/// number. Nothing is ever subtracted, so a number that leaves the window leaves no rounding error,
/// however long the series is. The window consists of the block that is being filled, which is
/// folded number by number, and the end of the block before it, whose tails were folded when it was
/// full.
///
/// A Fold has `Value lift(double)`, an associative `Value merge(Value, Value)`, and
/// `start_block(newest)`, which is called before the tails are folded.
template <class Fold>
class SlidingFold {
 public:
  using Value = typename Fold::Value;

  explicit SlidingFold(std::size_t window) : numbers_(window), tails_(window) {}

  void push(double number) {
    std::size_t const window = numbers_.size();
    numbers_[filled_] = number;
    head_ = filled_ == 0 ? fold_.lift(number) : fold_.merge(head_, fold_.lift(number));
    if (++filled_ < window) {
      value_ = full_ ? fold_.merge(tails_[filled_], head_) : head_;
      return;
    }
    fold_.start_block(number);
    tails_[window - 1] = fold_.lift(number);
    for (std::size_t i = window - 1; i-- > 0;) {
      tails_[i] = fold_.merge(fold_.lift(numbers_[i]), tails_[i + 1]);
    }
    value_ = tails_[0];
    filled_ = 0;
    full_ = true;
  }

  /// True once `window` numbers were pushed.
  bool full() const { return full_; }
  /// The fold of the last `window` numbers, or of all if there are fewer; call `push` first.
  Value const& value() const { return value_; }
  Fold const& fold() const { return fold_; }

 private:
  Fold fold_;
  std::vector<double> numbers_;  // [window] of the block being filled, then of the previous one
  std::vector<Value> tails_;     // [window] folds of the full block's numbers i ... window - 1
  std::size_t filled_ = 0;
  bool full_ = false;
  Value head_{}, value_{};
};

struct SumFold {
  using Value = double;
  double lift(double number) const { return number; }
  double merge(double a, double b) const { return a + b; }
  void start_block(double) {}
};

struct HighestFold {
  using Value = double;
  double lift(double number) const { return number; }
  double merge(double a, double b) const { return std::max(a, b); }
  void start_block(double) {}
};

struct LowestFold {
  using Value = double;
  double lift(double number) const { return number; }
  double merge(double a, double b) const { return std::min(a, b); }
  void start_block(double) {}
};

/// Count, mean and sum of squared deviations, merged by the formulas of Chan, Golub and LeVeque.
/// Numbers are relative to a recent one, so that tiny moves of a large price keep all their digits.
struct MomentsFold {
  struct Value {
    double count = 0, offset = 0, squares = 0;  // offset: mean - anchor
  };

  Value lift(double number) const { return {1, number - anchor, 0}; }
  Value merge(Value const& a, Value const& b) const {
    double const count = a.count + b.count;
    double const gap = b.offset - a.offset;
    double const share = b.count / count;
    return {count, a.offset + gap * share, a.squares + b.squares + gap * gap * a.count * share};
  }
  void start_block(double newest) { anchor = newest; }

  double anchor = 0;
};

/// Mean and population standard deviation over a window.
class SlidingMoments {
 public:
  explicit SlidingMoments(std::size_t window) : window_(window) {}

  void push(double number) {
    window_.push(number);
    newest_ = number;
  }
  bool full() const { return window_.full(); }
  double mean() const { return window_.fold().anchor + window_.value().offset; }
  /// newest number - mean, computed without cancellation.
  double gap() const { return (newest_ - window_.fold().anchor) - window_.value().offset; }
  double stddev() const { return std::sqrt(window_.value().squares / window_.value().count); }

 private:
  SlidingFold<MomentsFold> window_;
  double newest_ = 0;
};

}  // namespace moneta
