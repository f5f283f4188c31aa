// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/lstm_algorithm.h"
#include "base/shape.h"
#include "checkpoint/metadata.h"
#include "checkpoint/progress_fields.h"
#include "io/json_file.h"

namespace moneta {

namespace {

/// Finds the first counter below zero.
struct NegativeFinder {
  std::string& found;
  void operator()(char const* name, std::int64_t value) const {
    if (value < 0 && found.empty()) found = fmt::format("progress.{} is negative", name);
  }
  void operator()(char const*, double) const {}
  void operator()(char const*, bool) const {}
};

std::string defect_of(CoinProgress const& progress) {
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

std::string defect_of_scaler(CoinState const& state) {
  auto const has_shape = [&](std::vector<std::vector<float>> const& rows) {
    return rows.size() == state.timeframes.size() &&
           std::all_of(rows.begin(), rows.end(),
                       [&](auto const& row) { return row.size() == state.feature_names.size(); });
  };
  auto const all = [](std::vector<std::vector<float>> const& rows, auto const& good) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](auto const& row) { return std::all_of(row.begin(), row.end(), good); });
  };
  auto const finite = [](float value) { return std::isfinite(value); };
  auto const positive = [](float value) { return std::isfinite(value) && value > 0; };
  if (!has_shape(state.feature_mean))
    return "scaler.feature_mean has not one row per timeframe and one number per feature";
  if (!has_shape(state.feature_stddev))
    return "scaler.feature_deviation has not one row per timeframe and one number per feature";
  if (!all(state.feature_mean, finite))
    return "scaler.feature_mean has a number that is not finite";
  if (!all(state.feature_stddev, positive))
    return "scaler.feature_deviation has a number that is not positive and finite";
  if (!positive(state.target_stddev)) return "scaler.target_deviation is not positive and finite";
  return "";
}

std::string defect_of_slices(CoinState const& state) {
  std::set<std::string> names;
  std::size_t at = 0;
  for (NamedSlice const& slice : state.slices) {
    std::string const who = fmt::format("parameter '{}'", sanitized(slice.name));
    if (slice.name.empty() || slice.name == "__metadata__" || slice.name.starts_with("optim.")) {
      return who + " has a name that is reserved";
    }
    if (!names.insert(slice.name).second) return who + " is there twice";
    std::size_t size = 1;
    for (std::size_t const axis : slice.shape) {
      if (axis != 0 && size > std::numeric_limits<std::size_t>::max() / axis) {
        return who + " has a shape that is too large to be true";
      }
      size *= axis;
    }
    if (size != slice.size) return who + " has a size that does not match its shape";
    if (slice.offset != at) return who + " does not begin where the one before ends";
    at += size;
  }
  if (at == 0) return "it has no parameters";
  if (state.params.size() != at) return "params has not the size of all slices";
  if (state.m.size() != at) return "optim.m has not the size of all slices";
  if (state.v.size() != at) return "optim.v has not the size of all slices";
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

std::string defect_of(CoinState const& state) {
  if (!is_coin_name(state.coin)) {
    return fmt::format(
        "coin '{}' is not a name of letters, digits, '.', '_' and '-' that starts with a letter or digit",
        sanitized(state.coin));
  }
  if (to_string(precision_named(state.precision)) != state.precision) {
    return fmt::format("precision '{}' is not f32, tf32 or bf16", sanitized(state.precision));
  }
  if (!lstm_algorithms_named(state.lstm_algorithm)) {
    return fmt::format("lstm_algorithm '{}' is not standard or persistent",
                       sanitized(state.lstm_algorithm));
  }
  std::string defect = defect_of(state.progress);
  if (defect.empty()) defect = defect_of_scaler(state);
  if (defect.empty()) defect = defect_of_slices(state);
  return defect;
}

}  // namespace moneta
