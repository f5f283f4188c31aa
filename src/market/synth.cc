// SPDX-License-Identifier: Apache-2.0
#include "market/synth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/philox.h"
#include "base/time.h"

namespace moneta {
namespace {

constexpr double minutes_per_day = 1440;

/// Activity of the market in its regimes, as a factor of the volatility; the mean is 1.
constexpr std::array<double, 3> regime_levels = {0.6, 0.9, 1.5};
constexpr double regime_switch = 1.0 / 480;   // probability per minute that a new regime is drawn
constexpr double regime_approach = 1.0 / 20;  // share of the way to the new level, per minute
constexpr double wick_mean = 0.4;             // as a share of the minute's volatility
constexpr double wick_drift =
    0.25;  // relative change of a wick per standard deviation of the drift
constexpr double wick_noise = 0.12;

/// Four numbers from the standard normal distribution (Box-Muller transform).
std::array<double, 4> normals(PhiloxWords const& words) {
  std::array<double, 4> out;
  for (std::size_t i = 0; i < 4; i += 2) {
    double const radius = std::sqrt(-2.0 * std::log(double{uniform_float(words.word[i])}));
    double const angle = 2.0 * std::numbers::pi * double{uniform_float(words.word[i + 1])};
    out[i] = radius * std::cos(angle);
    out[i + 1] = radius * std::sin(angle);
  }
  return out;
}

/// The hidden drift: an autoregressive process of variance 1 that moves the price by `strength`
/// volatilities per minute, chosen so that it explains `signal_r2` of the horizon's returns.
struct DriftPlan {
  double keep = 0;  // share of the drift that is left after a minute
  double strength = 0;
  double growth = 1;  // long-run variance per minute, relative to that without a drift
};

/// Solves for the strength b. With q the share of traded minutes, k the drift kept after a minute
/// and h the horizon, the forecast of the return has the variance (q b)^2 S with S = (1 + k + ... +
/// k^(h-1))^2, and the return itself q h + q b^2 (q V + (1 - q) h) with V the sum of k^|i-j| over
/// i, j < h.
DriftPlan plan_drift(SynthSettings const& settings) {
  double const q = 1.0 - settings.empty_fraction;
  auto const h = static_cast<double>(settings.horizon_minutes);
  double const r2 = settings.signal_r2;
  for (double horizons = 2;; horizons *= 2) {
    double const keep = std::exp(-1.0 / (horizons * h));
    double const sum = (1.0 - std::pow(keep, h)) / (1.0 - keep);
    double const total = h + 2.0 * keep / (1.0 - keep) * (h - sum);  // V
    double const forecast = q * sum * sum;
    double const own = q * total + (1.0 - q) * h;
    double const limit = forecast / own;  // R2 if nothing but the drift moved the price
    bool const slowest = horizons >= 64;
    if (limit < (1.0 + r2) / 2.0 && !slowest) continue;
    MONETA_REQUIRE(
        r2 <= 0.98 * limit, config,
        "synth.signal_r2 {:g} cannot be planted (with synth.empty_fraction {:g} and a horizon of {} minutes the maximum is {:g}). Lower one of the two?",
        r2, settings.empty_fraction, h, 0.98 * limit);
    double const squared = r2 * h / (forecast - r2 * own);
    return {keep, std::sqrt(squared), 1.0 + squared * q * (1.0 + keep) / (1.0 - keep)};
  }
}

/// The market's volatility as a factor of each coin's own; it follows the regime with a lag.
class Activity {
 public:
  explicit Activity(double uniform) : target_(draw(uniform)), level_(target_) {}

  void step(double switch_uniform, double level_uniform) {
    if (switch_uniform < regime_switch) target_ = draw(level_uniform);
    level_ += regime_approach * (target_ - level_);
  }
  double level() const { return level_; }
  double target() const { return target_; }

 private:
  static double draw(double uniform) {
    return regime_levels[static_cast<std::size_t>(uniform * regime_levels.size())];
  }
  double target_, level_;
};

/// The expected return of the horizon: weights per unit of drift for the known state of the
/// activity.
struct Forecast {
  double of_level = 0, of_target = 0, of_mean = 0;

  Forecast(DriftPlan const& plan, SynthSettings const& settings) {
    double level = 1, target = 0, mean = 0;  // weights of the expected level after k minutes
    double target_left = 1;
    double drift = (1.0 - settings.empty_fraction) * plan.strength;
    for (std::int64_t k = 0; k < settings.horizon_minutes; ++k) {
      target_left *= 1.0 - regime_switch;
      level *= 1.0 - regime_approach;
      target += regime_approach * (target_left - target);
      mean += regime_approach * ((1.0 - target_left) - mean);
      of_level += drift * level;
      of_target += drift * target;
      of_mean += drift * mean;
      drift *= plan.keep;
    }
  }

  double expect(Activity const& activity, double drift) const {
    return drift * (of_level * activity.level() + of_target * activity.target() + of_mean);
  }
};

/// The characteristics of a coin, random numbers that depend on its name.
struct CoinNature {
  double first_price, volatility, mean_volume, ticks_per_unit;

  CoinNature(std::uint64_t key, DriftPlan const& plan) {
    PhiloxWords const words = philox(key, 0, 0);
    first_price = std::pow(10.0, -0.5 + 5.0 * double{uniform_float(words.word[0])});
    volatility = 5e-4 * (1.0 + double{uniform_float(words.word[1])}) / std::sqrt(plan.growth);
    mean_volume = 5e4 * (1.0 + 9.0 * double{uniform_float(words.word[2])}) / first_price;
    ticks_per_unit = std::pow(10.0, std::max(0.0, 7.0 - std::floor(std::log10(first_price))));
  }

  /// Rounds a price to ticks of at most a millionth of the first price, as an exchange does.
  double quote(double price) const {
    return std::max(1.0, std::round(price * ticks_per_unit)) / ticks_per_unit;
  }
};

/// Generates one coin minute by minute, from the random numbers of each minute.
class CoinWalk {
 public:
  CoinWalk(SynthSettings const& settings, std::string const& coin)
      : settings_(settings),
        plan_(plan_drift(settings)),
        forecast_(plan_, settings),
        market_key_(random_key(settings.seed, "", RandomPurpose::synthetic_market)),
        coin_key_(random_key(settings.seed, coin, RandomPurpose::synthetic_market)),
        nature_(random_key(settings.seed, coin, RandomPurpose::synthetic_market, 1), plan_),
        activity_(double{uniform_float(philox(market_key_, 1, minute_of(0)).word[2])}),
        log_price_(std::log(nature_.first_price)),
        close_(nature_.quote(nature_.first_price)) {
    double const market = normals(philox(market_key_, 2, minute_of(0)))[0];
    drift_ = mix(market, normals(philox(coin_key_, 2, minute_of(0)))[0]);
  }

  /// Minute i of the series, with volume 0 if there was no trade; call it for i = 0, 1, 2, ...
  Candle next(std::int64_t i) {
    std::uint64_t const minute = minute_of(i);
    auto const market = normals(philox(market_key_, 0, minute));
    PhiloxWords const regime = philox(market_key_, 1, minute);
    auto const own = normals(philox(coin_key_, 0, minute));
    PhiloxWords const rest = philox(coin_key_, 1, minute);
    activity_.step(double{uniform_float(regime.word[0])}, double{uniform_float(regime.word[1])});

    bool const traded = double{uniform_float(rest.word[0])} >= settings_.empty_fraction;
    double const volatility = nature_.volatility * activity_.level();
    double const push = plan_.strength * drift_ + mix(market[0], own[0]);
    drift_ =
        plan_.keep * drift_ + std::sqrt(1.0 - plan_.keep * plan_.keep) * mix(market[1], own[1]);

    Candle candle{static_cast<std::int64_t>(minute) * seconds_per_minute,
                  close_,
                  close_,
                  close_,
                  close_,
                  0.0};
    if (!traded) return candle;
    log_price_ += volatility * push;
    double const price = std::exp(log_price_);
    candle.close = close_ = nature_.quote(price);
    set_wicks(candle, volatility, own[2], own[3]);
    candle.volume = volume(minute, push, rest);
    return candle;
  }

  /// Expected log return of the horizon, given everything up to the latest minute.
  double expected_return() const {
    return nature_.volatility * forecast_.expect(activity_, drift_);
  }

 private:
  std::uint64_t minute_of(std::int64_t i) const {
    return static_cast<std::uint64_t>(settings_.start_s / seconds_per_minute + i);
  }

  double mix(double market, double own) const {
    return std::sqrt(settings_.correlation) * market + std::sqrt(1.0 - settings_.correlation) * own;
  }

  void set_wicks(Candle& candle, double volatility, double up_noise, double down_noise) const {
    double const bend = wick_drift * drift_;
    double const unit = volatility * wick_mean;
    double const up = unit * std::max(0.0, 1.0 + bend + wick_noise * up_noise);
    double const down = unit * std::max(0.0, 1.0 - bend + wick_noise * down_noise);
    double const top = std::max(candle.open, candle.close);
    double const bottom = std::min(candle.open, candle.close);
    candle.high = std::max(top, nature_.quote(top * std::exp(up)));
    candle.low = std::min(bottom, nature_.quote(bottom * std::exp(-down)));
  }

  /// Higher in volatile hours, in large moves and in the afternoon (UTC); never zero.
  double volume(std::uint64_t minute, double push, PhiloxWords const& words) const {
    double const day = static_cast<double>(minute % 1440) / minutes_per_day;
    double const season = 1.0 - 0.5 * std::cos(2.0 * std::numbers::pi * (day - 0.1));
    double const noise = normals({{words.word[1], words.word[2], words.word[1], words.word[2]}})[0];
    double const size = nature_.mean_volume * season * activity_.level() * (0.5 + std::abs(push)) *
                        std::exp(0.6 * noise);
    return std::max(1.0, std::round(size * 1e4)) / 1e4;
  }

  SynthSettings settings_;
  DriftPlan plan_;
  Forecast forecast_;
  std::uint64_t market_key_, coin_key_;
  CoinNature nature_;
  Activity activity_;
  double drift_ = 0;
  double log_price_, close_;
};

void check_settings(SynthSettings const& settings) {
  MONETA_REQUIRE(
      settings.days > 0 && settings.horizon_minutes > 0, config,
      "cannot generate an artificial market of {} days with a horizon of {} minutes (both must be positive). Check data.days?",
      settings.days, settings.horizon_minutes);
  MONETA_REQUIRE(
      settings.start_s >= 0 && settings.start_s % seconds_per_minute == 0, config,
      "synth.start is {} (it must be the start of a minute, not before 1970). Set another time?",
      settings.start_s);
  MONETA_REQUIRE(settings.signal_r2 >= 0 && settings.signal_r2 < 1, config,
                 "synth.signal_r2 is {:g} (it must be at least 0 and less than 1). Lower it?",
                 settings.signal_r2);
  MONETA_REQUIRE(settings.empty_fraction >= 0 && settings.empty_fraction < 1, config,
                 "synth.empty_fraction is {:g} (it must be at least 0 and less than 1). Lower it?",
                 settings.empty_fraction);
  MONETA_REQUIRE(settings.correlation >= 0 && settings.correlation <= 1, config,
                 "synth.correlation is {:g} (it must be from 0 to 1). Lower it?",
                 settings.correlation);
}

/// 1 - SSE / SST of expected[i] as a forecast of log(close[i + horizon] / close[i]).
double measured_r2(std::vector<double> const& closes, std::vector<double> const& expected,
                   std::size_t horizon) {
  if (closes.size() <= horizon) return 0;
  std::size_t const count = closes.size() - horizon;
  double sum = 0, squares = 0, errors = 0;
  for (std::size_t i = 0; i < count; ++i) {
    double const actual = std::log(closes[i + horizon] / closes[i]);
    sum += actual;
    squares += actual * actual;
    errors += (actual - expected[i]) * (actual - expected[i]);
  }
  double const total = squares - sum * sum / static_cast<double>(count);
  return total > 0 ? 1.0 - errors / total : 0;
}

}  // namespace

SyntheticCoin make_synthetic_coin(SynthSettings const& settings, std::string const& coin) {
  check_settings(settings);
  CoinWalk walk(settings, coin);
  auto const minutes = static_cast<std::size_t>(settings.days) * 1440;
  SyntheticCoin made;
  made.candles.reserve(minutes);
  std::vector<double> closes(minutes), expected(minutes);
  for (std::size_t i = 0; i < minutes; ++i) {
    Candle const candle = walk.next(static_cast<std::int64_t>(i));
    closes[i] = candle.close;
    expected[i] = walk.expected_return();
    if (candle.volume > 0) made.candles.push_back(candle);
  }
  made.reachable_r2 =
      measured_r2(closes, expected, static_cast<std::size_t>(settings.horizon_minutes));
  return made;
}

}  // namespace moneta
