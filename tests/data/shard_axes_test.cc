// SPDX-License-Identifier: Apache-2.0
// Other programs find a shard's axes by HDF5's dimension scales; this test reads them with HDF5's
// own library.
#include <gtest/gtest.h>
#include <hdf5_hl.h>

#include <map>
#include <string>
#include <vector>

#include "data/small_market.h"
#include "market/features.h"
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

void expect_scale(Handle const& scale, char const* expected) {
  char name[32] = "";
  EXPECT_GT(H5DSis_scale(scale.get()), 0);
  EXPECT_GE(H5DSget_scale_name(scale.get(), name, sizeof name), 0);
  EXPECT_STREQ(name, expected);
}

/// The texts of a dataset.
std::vector<std::string> texts_of(Handle const& dataset) {
  std::vector<char*> pointers(golden::element_count(
      golden::shape_of(Handle(H5Dget_space(dataset.get()), H5Sclose, "the shape of the texts"))));
  Handle const type(H5Dget_type(dataset.get()), H5Tclose, "the type of the texts");
  EXPECT_GT(H5Tis_variable_str(type.get()), 0);
  EXPECT_EQ(H5Tget_cset(type.get()), H5T_CSET_UTF8);
  golden::require_read(
      H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()),
      "the texts");
  std::vector<std::string> const texts(pointers.begin(), pointers.end());
  for (char* const text : pointers) H5free_memory(text);
  return texts;
}

/// Datasets with a common scale on their first axis, each with the labels of its axes.
using Axes = std::map<std::string, std::vector<std::string>>;

void expect_axes(Handle const& file, std::string const& scale_name, Axes const& datasets) {
  SCOPED_TRACE(scale_name);
  Handle const scale = open_dataset(file, scale_name);
  expect_scale(scale, "time");
  for (auto const& [path, labels] : datasets) {
    SCOPED_TRACE(path);
    Handle const dataset = open_dataset(file, path);
    EXPECT_EQ(H5DSis_scale(dataset.get()), 0);
    EXPECT_GT(H5DSis_attached(dataset.get(), scale.get(), 0), 0);
    for (unsigned axis = 0; axis < labels.size(); ++axis) {
      EXPECT_EQ(H5DSget_num_scales(dataset.get(), axis), 1);
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

TEST(ShardAxes, NameTheFeatures) {
  SmallMarket const market;
  market.prepare();
  Handle const file = golden::open_file(market.shard("KRW-BTC", "2025-02").string());
  for (std::string const timeframe : {"/1m", "/5m"}) {
    Handle const scale = open_dataset(file, timeframe + "/feature");
    expect_scale(scale, "feature");
    EXPECT_EQ(texts_of(scale),
              std::vector<std::string>(feature_names.begin(), feature_names.end()));
    Handle const features = open_dataset(file, timeframe + "/features");
    EXPECT_GT(H5DSis_attached(features.get(), scale.get(), 1), 0);
  }
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
