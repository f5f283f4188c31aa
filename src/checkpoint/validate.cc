// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/validate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/lstm_algorithm.h"
#include "base/shape.h"
#include "base/text.h"
#include "checkpoint/progress_fields.h"
#include "checkpoint/recurrent_bias.h"

namespace moneta {

namespace {

/// Finds the first negative counter.
struct NegativeFinder {
  std::string& found;
  void operator()(char const* name, std::int64_t value) const {
    if (value < 0 && found.empty()) found = fmt::format("progress.{} is negative", name);
  }
  void operator()(char const*, double) const {}
  void operator()(char const*, bool) const {}
};

std::string progress_defect(CoinProgress const& progress) {
  std::string negative;
  each_field(progress, NegativeFinder{negative});
  if (!negative.empty()) return negative;
  if (progress.applied_updates > progress.update) return "progress.applied_updates exceeds update";
  if (progress.update_in_epoch > progress.update) return "progress.update_in_epoch exceeds update";
  if (progress.best_epoch > progress.epoch) return "progress.best_epoch exceeds epoch";
  if (progress.stale_epochs > progress.epoch) return "progress.stale_epochs exceeds epoch";
  if (!(progress.learning_rate_factor > 0 && progress.learning_rate_factor <= 1)) {
    return "progress.learning_rate_factor is not between 0 and 1";
  }
  return "";
}

std::string scaler_defect(CoinHeader const& header) {
  auto const has_shape = [&](std::vector<std::vector<float>> const& rows) {
    return rows.size() == header.timeframes.size() &&
           std::all_of(rows.begin(), rows.end(),
                       [&](auto const& row) { return row.size() == header.feature_names.size(); });
  };
  auto const all = [](std::vector<std::vector<float>> const& rows, auto const& is_valid) {
    return std::all_of(rows.begin(), rows.end(), [&](auto const& row) {
      return std::all_of(row.begin(), row.end(), is_valid);
    });
  };
  auto const finite = [](float value) { return std::isfinite(value); };
  auto const positive = [](float value) { return std::isfinite(value) && value > 0; };
  if (!has_shape(header.feature_mean))
    return "scaler.feature_mean does not have one row per timeframe and one number per feature";
  if (!has_shape(header.feature_stddev))
    return "scaler.feature_deviation does not have one row per timeframe and one number per feature";
  if (!all(header.feature_mean, finite))
    return "scaler.feature_mean has a number that is not finite";
  if (!all(header.feature_stddev, positive))
    return "scaler.feature_deviation has a number that is not positive and finite";
  if (!positive(header.target_stddev)) return "scaler.target_deviation is not positive and finite";
  return "";
}

std::string loss_scaler_defect(CoinHeader const& header) {
  bool const is_needed = precision_named(header.precision) == Precision::fp16;
  if (!header.loss_scaler) return is_needed ? "precision 'fp16' without a loss_scaler" : "";
  if (!is_needed) return fmt::format("a loss_scaler with the precision '{}'", header.precision);
  LossScalerState const& state = *header.loss_scaler;
  if (is_possible(state)) return "";
  return fmt::format(
      "loss_scaler has the scale {:g} after {} good updates, but a scale is a power of two from 2^-100 to 2^100 that changes after {} of them",
      state.scale, state.good_updates, loss_scale_growth_interval);
}

std::string slices_defect(CoinStateView const& state) {
  std::set<std::string> names;
  std::size_t at = 0;
  for (ParameterSlice const& slice : state.header.slices) {
    std::string const who = fmt::format("parameter '{}'", sanitized(slice.name));
    if (slice.name.empty() || slice.name == "__metadata__" || slice.name.starts_with("optim.") ||
        is_recurrent_bias(slice.name)) {
      return who + " has a reserved name";
    }
    if (!names.insert(slice.name).second) return who + " appears twice";
    std::size_t size = 1;
    for (std::size_t const axis : slice.shape) {
      if (axis != 0 && size > std::numeric_limits<std::size_t>::max() / axis) {
        return who + " has a shape that is too large";
      }
      size *= axis;
    }
    if (size != slice.size) return who + " has a size that does not match its shape";
    if (slice.offset != at) return who + " does not begin where the previous one ends";
    at += size;
  }
  if (at == 0) return "it has no parameters";
  if (state.params.size() != at) return "the size of params is not that of all slices";
  if (state.m.size() != at) return "the size of optim.m is not that of all slices";
  if (state.v.size() != at) return "the size of optim.v is not that of all slices";
  return "";
}

}  // namespace

bool is_coin_name(std::string const& coin) {
  auto const plain = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9');
  };
  return !coin.empty() && coin.size() <= 200 && plain(coin[0]) &&
         std::all_of(coin.begin(), coin.end(), [&](char each) {
           return plain(each) || each == '.' || each == '_' || each == '-';
         });
}

std::string find_defect(CoinStateView const& state) {
  CoinHeader const& header = state.header;
  if (!is_coin_name(header.coin)) {
    return fmt::format(
        "coin '{}' is not a name of letters, digits, '.', '_' and '-' that starts with a letter or digit",
        sanitized(header.coin));
  }
  if (to_string(precision_named(header.precision)) != header.precision) {
    return fmt::format("precision '{}' is not f32, tf32, bf16 or fp16",
                       sanitized(header.precision));
  }
  if (!lstm_algorithms_named(header.lstm_algorithm)) {
    return fmt::format("lstm_algorithm '{}' is not standard or persistent",
                       sanitized(header.lstm_algorithm));
  }
  std::string defect = progress_defect(header.progress);
  if (defect.empty()) defect = scaler_defect(header);
  if (defect.empty()) defect = loss_scaler_defect(header);
  if (defect.empty()) defect = slices_defect(state);
  return defect;
}

}  // namespace moneta
