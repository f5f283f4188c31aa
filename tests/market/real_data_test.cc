// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "market/bars.h"
#include "market/features.h"
#include "market/read_candles.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(std::string const& folder) {
  std::vector<fs::path> files;
  for (auto const& entry : fs::directory_iterator(fs::path(MONETA_REAL_DATA) / folder)) {
    files.push_back(entry.path());
  }
  return files;
}

void expect_finite_features(Bars const& minutes, fs::path const& path) {
  for (std::int64_t const each : {1, 5, 15}) {
    auto const features = compute_features(resample(minutes, each));
    for (std::size_t at = feature_warmup_bars * feature_count; at < features.size(); ++at) {
      ASSERT_TRUE(std::isfinite(features[at])) << path << " " << feature_names[at % feature_count];
    }
  }
}

TEST(RealCandles, OfBinanceGiveFiniteFeatures) {
  auto const files = files_of("binance-2021");
  EXPECT_EQ(files.size(), 8u);
  for (auto const& path : files) {
    auto const raw = read_candles(path, BadRows::error);
    auto const bars = fill_minutes(raw.candles);
    EXPECT_GE(raw.candles.size(), 61'272u) << path;
    // The exchange was down for seven hours and a few minutes; one coin traded in one of them.
    EXPECT_NEAR(static_cast<double>(bars.size() - raw.candles.size()), 434, 1) << path;
    expect_finite_features(bars, path);
  }
}

TEST(RealCandles, OfUpbitGiveFiniteFeatures) {
  auto const files = files_of("upbit-2024");
  EXPECT_EQ(files.size(), 2u);
  for (auto const& path : files) {
    auto const raw = read_candles(path, BadRows::error);
    auto const bars = fill_minutes(raw.candles);
    EXPECT_GE(bars.size(), raw.candles.size());
    expect_finite_features(bars, path);
  }
}

}  // namespace
}  // namespace moneta
