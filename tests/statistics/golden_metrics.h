// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "statistics/calibration.h"
#include "statistics/point_metrics.h"
#include "support/golden_json.h"

namespace moneta::golden {

inline void expect_metrics(Json const& expected, statistics::PointMetrics const& got,
                           std::string const& quantity) {
  expect_count(expected["samples"], got.samples, quantity + " samples");
  auto const value = [&](char const* key) { return expected.value(key, Json()); };
  expect_number(value("r2"), got.r2, quantity + " r2");
  expect_number(value("hit_rate"), got.hit_rate, quantity + " hit_rate");
  expect_number(value("ic"), got.ic, quantity + " ic");
  expect_number(value("rank_ic"), got.rank_ic, quantity + " rank_ic");
}

inline void expect_calibration(Json const& expected, statistics::Calibration const& got) {
  expect_number(expected["intercept"], got.intercept, "calibration intercept");
  expect_number(expected["slope"], got.slope, "calibration slope");
  expect_number(expected["error"], got.slope_error, "calibration error");
}

inline void expect_quantile_table(Json const& expected, statistics::QuantileTable const& got) {
  ASSERT_EQ(expected["rows"].size(), got.buckets.size());
  for (std::size_t b = 0; b < got.buckets.size(); ++b) {
    Json const& row = expected["rows"][b];
    expect_count(row["samples"], got.buckets[b].samples, "quantiles samples");
    expect_number(row["prediction_bp"], got.buckets[b].prediction_bp, "quantiles prediction_bp");
    expect_number(row["realised_bp"], got.buckets[b].realized_bp, "quantiles realised_bp");
  }
  expect_number(expected["monotonicity"], got.monotonicity, "quantiles monotonicity");
}

}  // namespace moneta::golden
