// SPDX-License-Identifier: Apache-2.0
// Other programs find a shard's axes by HDF5's dimension scales; this test reads them with HDF5's
// own library.
#include <gtest/gtest.h>
#include <hdf5_hl.h>

#include <map>
#include <string>
#include <vector>

#include "data/small_market.h"
#include "support/golden.h"

namespace moneta {
namespace {

using golden::Handle;

Handle open_dataset(Handle const& file, std::string const& name) {
  return Handle(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), H5Dclose, name);
}

std::string label_of(Handle const& dataset, unsigned axis) {
  char label[32] = "";
  EXPECT_GE(H5DSget_label(dataset.get(), axis, label, sizeof label), 0);
  return label;
}

/// Datasets with a common scale on their first axis, each with the labels of its axes.
using Axes = std::map<std::string, std::vector<std::string>>;

void expect_axes(Handle const& file, std::string const& scale_name, Axes const& datasets) {
  SCOPED_TRACE(scale_name);
  Handle const scale = open_dataset(file, scale_name);
  char name[32] = "";
  EXPECT_GT(H5DSis_scale(scale.get()), 0);
  EXPECT_GE(H5DSget_scale_name(scale.get(), name, sizeof name), 0);
  EXPECT_STREQ(name, "time");
  for (auto const& [path, labels] : datasets) {
    SCOPED_TRACE(path);
    Handle const dataset = open_dataset(file, path);
    EXPECT_EQ(H5DSis_scale(dataset.get()), 0);
    EXPECT_GT(H5DSis_attached(dataset.get(), scale.get(), 0), 0);
    for (unsigned axis = 0; axis < labels.size(); ++axis) {
      EXPECT_EQ(H5DSget_num_scales(dataset.get(), axis), axis == 0 ? 1 : 0);
      EXPECT_EQ(label_of(dataset, axis), labels[axis]);
    }
  }
}

TEST(ShardAxes, HaveTimeScalesAndLabels) {
  SmallMarket const market;
  market.prepare();
  Handle const file = golden::open_file(market.shard("KRW-BTC", "2025-02").string());
  for (std::string const timeframe : {"/1m", "/5m"}) {
    expect_axes(
        file, timeframe + "/time",
        {{timeframe + "/features", {"time", "feature"}}, {timeframe + "/filled", {"time"}}});
  }
  expect_axes(file, "/samples/time",
              {{"/samples/end_1m", {"time"}},
               {"/samples/end_5m", {"time"}},
               {"/samples/close", {"time"}},
               {"/samples/target", {"time"}}});
}

TEST(ShardAxes, OfOneTimeframeAreNotAttachedToAnother) {
  SmallMarket const market;
  market.prepare();
  Handle const file = golden::open_file(market.shard("KRW-BTC", "2025-01").string());
  Handle const scale = open_dataset(file, "/5m/time");
  Handle const features = open_dataset(file, "/1m/features");
  EXPECT_EQ(H5DSis_attached(features.get(), scale.get(), 0), 0);
}

}  // namespace
}  // namespace moneta
