// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <tuple>

#include "backend/backends.h"
#include "base/error.h"
#include "batch_on_device.h"
#include "model/forecaster.h"
#include "optim/update_parameters.h"
#include "support/golden.h"

namespace moneta {
namespace {

/// The folder of the tests is set at build time; MONETA_TESTS overrides it on another machine.
std::string golden_file(std::string const& name) {
  char const* const moved = std::getenv("MONETA_TESTS");
  return fmt::format("{}/golden/{}_golden.h5", moved == nullptr ? MONETA_TESTS : moved, name);
}

struct GoldenCase {
  char const* name;
  std::vector<TimeframeConfig> timeframes;
  std::size_t batch, hidden, layers;
  LossFunction loss;
  TransformerConfig transformer = {};

  /// The references with Transformer blocks are in a file of their own.
  std::string file() const { return golden_file(transformer.enabled ? "transformer" : "model"); }
};

void PrintTo(GoldenCase const& given, std::ostream* out) { *out << given.name; }

/// Compares the forecaster and the optimizer with PyTorch's results in double.
using Case = std::tuple<NamedBackend, GoldenCase>;

class Golden : public testing::TestWithParam<Case> {
 protected:
  static GoldenCase const& golden_case() { return std::get<1>(GetParam()); }
  static ForecasterShape shape() {
    ForecasterShape shape;
    shape.model.hidden = golden_case().hidden;
    shape.model.layers = golden_case().layers;
    shape.model.dropout = 0;
    shape.timeframes = golden_case().timeframes;
    shape.batch = golden_case().batch;
    shape.loss = golden_case().loss;
    shape.model.transformer = golden_case().transformer;
    return shape;
  }

  static golden::Array read(std::string const& name) {
    return golden::read_golden(golden_case().file(),
                               fmt::format("model/{}/{}", golden_case().name, name));
  }
  static std::vector<double> attribute(std::string const& name) {
    return golden::read_golden_attribute(golden_case().file(),
                                         fmt::format("model/{}", golden_case().name), name);
  }

  static double learning_rate_at(std::size_t update) {
    if (!golden_case().transformer.enabled) return attribute("learning_rate")[0];
    return attribute("learning_rates")[update];
  }

  /// Reads a group of named parameters as one flat array.
  std::vector<double> read_flat(std::string const& group) const {
    std::vector<double> flat;
    for (ParameterSlice const& slice : forecaster_.layout().slices) {
      std::vector<double> const values = read(group + "/" + slice.name).values;
      EXPECT_EQ(values.size(), slice.size) << slice.name;
      flat.insert(flat.end(), values.begin(), values.end());
    }
    return flat;
  }

  /// Converts x_<timeframe> [T,N,F] to rows [N*T,F], one window after the other.
  HostBatch read_batch(std::string const& group) const {
    HostBatch batch;
    for (TimeframeConfig const& timeframe : shape_.timeframes) {
      golden::Array const x = read(group + "/x_" + timeframe.name);
      EXPECT_EQ(x.shape, (std::vector{timeframe.steps, shape_.batch, feature_count}));
      HostWindows windows;
      for (std::size_t n = 0; n < shape_.batch; ++n) {
        for (std::size_t t = 0; t < timeframe.steps; ++t) {
          double const* const row = &x.values[(t * shape_.batch + n) * feature_count];
          windows.rows.insert(windows.rows.end(), row, row + feature_count);
        }
        windows.ends.push_back(static_cast<std::int64_t>((n + 1) * timeframe.steps) - 1);
      }
      batch.windows.push_back(windows);
    }
    std::vector<double> const target = read(group + "/target").values;
    batch.target.assign(target.begin(), target.end());
    batch.valid_count = shape_.batch;
    batch.samples.resize(shape_.batch);
    return batch;
  }

  void expect_slices_near(std::vector<float> const& actual, std::string const& group,
                          double tolerance) const {
    std::vector<double> const expected = read_flat(group);
    for (ParameterSlice const& slice : forecaster_.layout().slices) {
      std::span const part = std::span(actual).subspan(slice.offset, slice.size);
      std::span const golden = std::span(expected).subspan(slice.offset, slice.size);
      EXPECT_LT(relative_error(part, golden), tolerance) << group << " " << slice.name;
    }
  }

  std::unique_ptr<Backend> backend_ = std::get<0>(GetParam()).make();
  ForecasterShape const shape_ = shape();
  Forecaster forecaster_{*backend_, shape_};
};

TEST_P(Golden, ForecasterAndOptimizerMatchPyTorchInAllUpdates) {
  std::size_t const updates = static_cast<std::size_t>(attribute("updates")[0]);
  std::size_t const accumulate = static_cast<std::size_t>(attribute("accumulate")[0]);
  std::vector<double> const losses = attribute("losses"), norms = attribute("gradient_norms");
  std::vector<double> const start = read_flat("start");
  std::size_t const size = start.size();
  OnDevice<float> params(*backend_, std::vector<float>(start.begin(), start.end()));
  OnDevice<float> m(*backend_, std::vector<float>(size)), v(*backend_, std::vector<float>(size));
  float const scale = 1.0f / static_cast<float>(shape_.batch * accumulate);

  for (std::size_t u = 0; u < updates; ++u) {
    OnDevice<float> gradients(*backend_, std::vector<float>(size));
    forecaster_.load_parameters(params.span());
    double const tolerance = u == 0 ? 1e-5 : 1e-4;
    for (std::size_t a = 0; a < accumulate; ++a) {
      std::string const group = fmt::format("update{}/batch{}", u, a);
      BatchOnDevice const batch(*backend_, read_batch(group));
      EXPECT_LT(relative_error(download(*backend_, forecaster_.predict(batch.view())),
                               read(group + "/prediction").values),
                tolerance)
          << group;
      forecaster_.accumulate_gradient(batch.view(), 1, scale, gradients.span());
      double const expected = losses[u * accumulate + a];
      EXPECT_NEAR(backend_->take_loss_sum() / static_cast<double>(shape_.batch), expected,
                  tolerance * expected)
          << group;
    }
    if (u == 0) expect_slices_near(gradients.host(), "update0/grad", 1e-5);
    UpdateResult const result = update_parameters(*backend_, OptimizerConfig{}, learning_rate_at(u),
                                                  static_cast<std::int64_t>(u) + 1, params.span(),
                                                  m.span(), v.span(), gradients.span());
    EXPECT_TRUE(result.applied);
    EXPECT_NEAR(result.gradient_norm, norms[u], tolerance * norms[u]);
  }
  expect_slices_near(params.host(), golden_case().transformer.enabled ? "after3" : "end", 1e-4);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Golden, testing::Combine(
    testing::ValuesIn(backends_under_test()), testing::ValuesIn(std::vector<GoldenCase>{
    {"one_timeframe", {{"1m", 1, 12}}, 6, 16, 3, LossFunction::mse},
    {"three_timeframes", {{"1m", 1, 10}, {"5m", 5, 6}, {"15m", 15, 4}}, 4, 8, 2,
     LossFunction::huber},
    {"two_timeframes", {{"1m", 1, 7}, {"5m", 5, 5}}, 3, 12, 1, LossFunction::mse, {true, 2, 4, 2.0}},
    {"one_timeframe", {{"1m", 1, 33}}, 5, 16, 2, LossFunction::huber, {true, 1, 2, 1.3}},
})), [](auto const& each) {
  return std::get<0>(each.param).name + "_" + std::get<1>(each.param).name +
         (std::get<1>(each.param).transformer.enabled ? "_transformer" : "");
});
// clang-format on

}  // namespace
}  // namespace moneta
