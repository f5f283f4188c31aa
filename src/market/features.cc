// SPDX-License-Identifier: Apache-2.0
#include "market/features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "market/sliding_fold.h"

namespace moneta {

std::array<char const*, feature_count> const feature_names = {
    "log_return_1",
    "log_return_5",
    "log_return_15",
    "log_return_60",
    "body",
    "range",
    "upper_wick",
    "lower_wick",
    "sma_gap_20",
    "sma_gap_60",
    "ema_gap_12",
    "ema_gap_26",
    "macd",
    "macd_histogram",
    "rsi_14",
    "stochastic_k_14",
    "stochastic_d_3",
    "bollinger_percent_b_20",
    "bollinger_width_20",
    "atr_14",
    "volume_ratio_20",
    "mfi_14",
    "volatility_60",
};

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// log(a / b), also exact if the two are almost equal.
double log_ratio(double a, double b) { return std::log1p((a - b) / b); }

double ratio(double a, double b, double when_zero) { return b != 0 ? a / b : when_zero; }

/// Exponential mean, seeded with the mean of the first `count` numbers; NaN before that.
class SeededMean {
 public:
  SeededMean(std::size_t count, double alpha) : count_(count), alpha_(alpha) {}

  double push(double number) {
    if (seen_ < count_) {
      sum_ += number;
      mean_ = sum_ / static_cast<double>(count_);
      return ++seen_ == count_ ? mean_ : undefined;
    }
    mean_ += alpha_ * (number - mean_);
    return mean_;
  }

 private:
  std::size_t count_;
  double alpha_;
  std::size_t seen_ = 0;
  double sum_ = 0, mean_ = 0;
};

/// Exponential mean of prices, kept as its difference from the newest price: only differences of
/// prices are used, so a tiny move of a large price loses no digits.
class PriceMean {
 public:
  explicit PriceMean(std::size_t count)
      : count_(count), alpha_(2.0 / (static_cast<double>(count) + 1.0)) {}

  /// Adds the next price, which is `change` above the previous one. Returns mean - price, or NaN
  /// before `count` prices.
  double push(double change) {
    if (seen_ < count_) {
      offset_sum_ -= static_cast<double>(seen_) * change;
      offset_ = offset_sum_ / static_cast<double>(count_);
      return ++seen_ == count_ ? offset_ : undefined;
    }
    offset_ = (1.0 - alpha_) * (offset_ - change);
    return offset_;
  }

 private:
  std::size_t count_;
  double alpha_;
  std::size_t seen_ = 0;
  double offset_sum_ = 0, offset_ = 0;
};

/// The state of all indicators; bars are added one by one.
class FeaturePass {
 public:
  explicit FeaturePass(std::span<Candle const> bars) : bars_(bars) {}

  /// Writes the features of bar i to row [F]; call it for i = 0, 1, 2, ...
  void next(std::size_t i, float* row) {
    row_ = row;
    column_ = 0;
    Candle const& bar = bars_[i];
    Candle const& before = bars_[i == 0 ? 0 : i - 1];
    push_shape(i, bar);
    push_averages(bar, bar.close - before.close);
    push_oscillators(i, bar, before);
    push_bands(i, bar, before);
    push_volume(i, bar, before);
  }

 private:
  void put(double value) { row_[column_++] = static_cast<float>(value); }

  void push_shape(std::size_t i, Candle const& bar) {
    for (std::size_t const back : {1u, 5u, 15u, 60u}) {
      put(i >= back ? log_ratio(bar.close, bars_[i - back].close) : undefined);
    }
    double const body_top = std::max(bar.open, bar.close);
    double const body_bottom = std::min(bar.open, bar.close);
    put(log_ratio(bar.close, bar.open));
    put(log_ratio(bar.high, bar.low));
    put(log_ratio(bar.high, body_top));
    put(log_ratio(body_bottom, bar.low));
  }

  void push_averages(Candle const& bar, double change) {
    close_20_.push(bar.close);
    close_60_.push(bar.close);
    put(close_20_.full() ? close_20_.gap() / close_20_.mean() : undefined);
    put(close_60_.full() ? close_60_.gap() / close_60_.mean() : undefined);
    double const offset_12 = mean_12_.push(change);
    double const offset_26 = mean_26_.push(change);
    put(-offset_12 / (bar.close + offset_12));
    put(-offset_26 / (bar.close + offset_26));
    double const macd = offset_12 - offset_26;
    double const signal = std::isnan(macd) ? undefined : signal_9_.push(macd);
    put(macd / bar.close);
    put((macd - signal) / bar.close);
  }

  void push_oscillators(std::size_t i, Candle const& bar, Candle const& before) {
    double gain = undefined, loss = undefined;
    if (i > 0) {
      gain = gain_14_.push(std::max(bar.close - before.close, 0.0));
      loss = loss_14_.push(std::max(before.close - bar.close, 0.0));
    }
    put(ratio(gain, gain + loss, 0.5));

    high_14_.push(bar.high);
    low_14_.push(bar.low);
    double const lowest = low_14_.value();
    double const k =
        high_14_.full() ? ratio(bar.close - lowest, high_14_.value() - lowest, 0.5) : undefined;
    put(k);
    put((k_before_[0] + k_before_[1] + k) / 3.0);
    k_before_ = {k_before_[1], k};
  }

  void push_bands(std::size_t i, Candle const& bar, Candle const& before) {
    double const width = close_20_.full() ? 4.0 * close_20_.stddev() : undefined;
    put(ratio(close_20_.gap() + width / 2.0, width, 0.5));
    put(width / close_20_.mean());
    double const true_range = std::max(bar.high, before.close) - std::min(bar.low, before.close);
    put((i > 0 ? range_14_.push(true_range) : undefined) / bar.close);
  }

  void push_volume(std::size_t i, Candle const& bar, Candle const& before) {
    volume_20_.push(bar.volume);
    put(volume_20_.full() ? std::log1p(ratio(bar.volume, volume_20_.value() / 20.0, 0.0))
                          : undefined);
    if (i > 0) {
      double const typical = (bar.high + bar.low + bar.close) / 3.0;
      double const typical_before = (before.high + before.low + before.close) / 3.0;
      up_14_.push(typical > typical_before ? typical * bar.volume : 0.0);
      down_14_.push(typical < typical_before ? typical * bar.volume : 0.0);
      return_60_.push(log_ratio(bar.close, before.close));
    }
    put(up_14_.full() ? ratio(up_14_.value(), up_14_.value() + down_14_.value(), 0.5) : undefined);
    put(return_60_.full() ? return_60_.stddev() : undefined);
  }

  static constexpr double wilder_14 = 1.0 / 14.0;

  std::span<Candle const> bars_;
  float* row_ = nullptr;
  std::size_t column_ = 0;
  SlidingMoments close_20_{20}, close_60_{60}, return_60_{60};
  PriceMean mean_12_{12}, mean_26_{26};
  SeededMean signal_9_{9, 2.0 / 10.0};
  SeededMean gain_14_{14, wilder_14}, loss_14_{14, wilder_14}, range_14_{14, wilder_14};
  SlidingFold<HighestFold> high_14_{14};
  SlidingFold<LowestFold> low_14_{14};
  std::array<double, 2> k_before_ = {undefined, undefined};
  SlidingFold<SumFold> volume_20_{20}, up_14_{14}, down_14_{14};
};

}  // namespace

std::vector<float> compute_features(Bars const& bars) {
  std::vector<float> rows(bars.size() * feature_count);
  FeaturePass pass(bars.candles);
  for (std::size_t i = 0; i < bars.size(); ++i) pass.next(i, rows.data() + i * feature_count);
  return rows;
}

}  // namespace moneta
