// SPDX-License-Identifier: Apache-2.0
#include "model/memory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "batch_on_device.h"
#include "counting_backend.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

struct MemoryCase {
  char const* name;
  std::vector<std::size_t> steps;
  std::size_t batch, hidden, layers;
  bool bidirectional, training;
  double dropout;
  Recompute recompute = {};
  bool overlap = false;

  friend void PrintTo(MemoryCase const& given, std::ostream* out) { *out << given.name; }
};

ForecasterShape shape_of(MemoryCase const& given) {
  ForecasterShape shape;
  shape.model.hidden = given.hidden;
  shape.model.layers = given.layers;
  shape.model.bidirectional = given.bidirectional;
  shape.model.dropout = given.dropout;
  for (std::size_t k = 0; k < given.steps.size(); ++k) {
    shape.timeframes.push_back({std::to_string(k + 1) + "m", 1, given.steps[k]});
  }
  shape.batch = given.batch;
  shape.training = given.training;
  shape.recompute = given.recompute;
  shape.overlap_weight_gradients = given.overlap;
  return shape;
}

class ForecasterMemoryTable : public testing::TestWithParam<MemoryCase> {
 protected:
  std::unique_ptr<Backend> cpu_ = make_cpu_backend(1);
  CountingBackend backend_{*cpu_};
  ForecasterShape const shape_ = shape_of(GetParam());
};

TEST_P(ForecasterMemoryTable, IsAllocatedAsPlannedAndBeforeTheFirstStep) {
  ForecasterBytes const planned = forecaster_bytes(backend_, shape_);
  EXPECT_EQ(backend_.allocations, 0u) << "planning allocates";
  Forecaster forecaster(backend_, shape_);
  EXPECT_EQ(backend_.allocated_bytes, planned.activations + planned.workspace + planned.scratch);
  EXPECT_EQ(backend_.packed_weight_bytes, planned.packed_weights);
  EXPECT_EQ(planned.total(), backend_.allocated_bytes + backend_.packed_weight_bytes);

  OnDevice<float> const params(*cpu_, initial_parameters(forecaster.layout(), 1, "KRW-BTC"));
  OnDevice<float> const gradients(*cpu_, std::vector<float>(forecaster.layout().size));
  BatchOnDevice const batch(*cpu_, noisy_batch(shape_));
  std::size_t const before = backend_.allocations;
  forecaster.load_parameters(params.span());
  forecaster.predict(batch.view());
  forecaster.add_loss(batch.view());
  if (shape_.training) forecaster.accumulate_gradient(batch.view(), 1, 1.0f, gradients.span());
  EXPECT_EQ(backend_.allocations, before) << "a step allocates";
}

TEST_P(ForecasterMemoryTable, BuffersAreAlignedAndDoNotOverlap) {
  ForecasterMemory const memory = plan_memory(backend_, shape_);
  std::vector<BufferRange> buffers = {memory.head.states,     memory.head.hidden,
                                      memory.head.d_states,   memory.head.d_hidden,
                                      memory.head.prediction, memory.head.d_prediction};
  bool const timeframes_share = shape_.recompute.timeframes && shape_.training;
  for (EncoderBuffers const& encoder : memory.encoders) {
    if (timeframes_share && &encoder != &memory.encoders.front()) break;
    for (auto const* group : {&encoder.outputs, &encoder.dropped, &encoder.workspaces}) {
      buffers.insert(buffers.end(), group->begin(), group->end());
    }
    buffers.insert(buffers.end(), {encoder.input, encoder.scratch, encoder.d_outputs[0],
                                   encoder.d_outputs[1], encoder.d_input});
  }
  std::erase_if(buffers, [](BufferRange buffer) { return buffer.bytes == 0; });
  std::ranges::sort(buffers, {}, &BufferRange::offset);
  std::size_t end = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(buffers[i].offset % 64, 0u);
    bool const shared = i > 0 && buffers[i].offset == buffers[i - 1].offset;
    if (shared) {
      EXPECT_EQ(buffers[i].bytes, buffers[i - 1].bytes);
    } else {
      EXPECT_GE(buffers[i].offset, end);
    }
    end = buffers[i].offset + buffers[i].bytes;
  }
  EXPECT_LE(end, memory.arena_bytes);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ForecasterMemoryTable, testing::ValuesIn(std::vector<MemoryCase>{
    {"OneLayer",        {6},        3, 4, 1, true,  true,  0.25},
    {"NoDropout",       {6},        3, 4, 3, true,  true,  0.0},
    {"Dropout",         {6},        3, 4, 3, true,  true,  0.25},
    {"OneDirection",    {6},        3, 5, 2, false, true,  0.25},
    {"ThreeTimeframes", {6, 9, 2},  4, 8, 5, true,  true,  0.25},
    {"OneStepOneWindow",{1},        1, 1, 2, true,  true,  0.25},
    {"RecomputeLayers",     {6, 9, 2},  4, 8, 5, true,  true,  0.25, {true, false}},
    {"RecomputeTimeframes", {6, 9, 2},  4, 8, 5, true,  true,  0.25, {false, true}},
    {"RecomputeBoth",       {6, 9, 2},  4, 8, 5, true,  true,  0.25, {true, true}},
    {"RecomputeBothOfOneLayer",  {6},        3, 4, 1, true,  true,  0.0,  {true, true}},
    {"Overlap",             {6, 9, 2},  4, 8, 5, true,  true,  0.25, {}, true},
    {"OverlapOfTimeframes", {6, 9, 2},  4, 8, 5, true,  true,  0.25, {false, true}, true},
    {"OverlapInEvaluation", {6, 9, 2},  4, 8, 5, true,  false, 0.25, {}, true},
    {"Evaluation",      {6, 9, 2},  7, 8, 5, true,  false, 0.25},
    {"EvaluationOne",   {6},        7, 8, 1, true,  false, 0.25},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ForecasterMemory, EvaluationNeedsLessThanTraining) {
  auto const backend = make_cpu_backend(1);
  ForecasterShape shape = shape_of({"", {20, 10, 5}, 8, 16, 4, true, true, 0.25});
  ForecasterBytes const training = forecaster_bytes(*backend, shape);
  shape.training = false;
  ForecasterBytes const evaluation = forecaster_bytes(*backend, shape);
  EXPECT_EQ(evaluation.workspace, 0u);
  EXPECT_GT(training.workspace, 0u);
  EXPECT_LT(3 * evaluation.activations, training.activations);
}

TEST(ForecasterMemory, RecomputationReducesIt) {
  auto const backend = make_cpu_backend(1);
  auto const bytes = [&](Recompute recompute) {
    ForecasterShape shape = shape_of({"", {20, 20, 20}, 8, 16, 4, true, true, 0.25});
    shape.recompute = recompute;
    return forecaster_bytes(*backend, shape);
  };
  ForecasterBytes const all = bytes({false, false}), layers = bytes({true, false});
  ForecasterBytes const timeframes = bytes({false, true}), both = bytes({true, true});
  EXPECT_EQ(layers.workspace, all.workspace / (3 * 4));
  EXPECT_EQ(timeframes.workspace, all.workspace / 3);
  EXPECT_EQ(both.workspace, layers.workspace);
  EXPECT_LT(timeframes.activations, all.activations / 2);
  EXPECT_LT(both.activations, timeframes.activations);
  EXPECT_EQ(both.packed_weights, all.packed_weights);
}

TEST(RecomputedShare, CountsRepeatedForwardPasses) {
  ForecasterShape shape = shape_of({"", {20, 20, 20}, 8, 16, 4, true, true, 0.25});
  EXPECT_EQ(recomputed_share(shape), 0);
  shape.recompute = {true, false};
  EXPECT_DOUBLE_EQ(recomputed_share(shape), 11.0 / 12);
  shape.recompute = {false, true};
  EXPECT_DOUBLE_EQ(recomputed_share(shape), 2.0 / 3);
  shape.recompute = {true, true};
  EXPECT_DOUBLE_EQ(recomputed_share(shape), 2.0 / 3 + 9.0 / 12);
}

struct WrongUse {
  char const* name;
  ErrorKind kind;
  char const* part;  ///< of the text
  void (*use)(Backend&);

  friend void PrintTo(WrongUse const& given, std::ostream* out) { *out << given.name; }
};

ForecasterShape good_shape() { return shape_of({"", {4}, 3, 4, 2, true, true, 0.25}); }

/// Uses a forecaster with a batch that `spoil` makes invalid, or with arrays that are too short.
void use(Backend& backend, ForecasterShape const& shape, std::size_t parameters_missing,
         std::size_t gradients_missing, void (*spoil)(DeviceBatch&)) {
  Forecaster forecaster(backend, shape);
  std::size_t const size = forecaster.layout().size;
  OnDevice<float> const params(backend, std::vector<float>(size - parameters_missing));
  OnDevice<float> const gradients(backend, std::vector<float>(size - gradients_missing));
  BatchOnDevice const on_device(backend, noisy_batch(shape));
  DeviceBatch batch = on_device.view();
  spoil(batch);
  forecaster.load_parameters(params.span());
  forecaster.accumulate_gradient(batch, 1, 1.0f, gradients.span());
}

void no_spoil(DeviceBatch&) {}
void spoil_with(Backend& backend, void (*spoil)(DeviceBatch&)) {
  use(backend, good_shape(), 0, 0, spoil);
}

class ForecasterErrors : public testing::TestWithParam<WrongUse> {};

TEST_P(ForecasterErrors, NameTheProblem) {
  auto const backend = make_cpu_backend(1);
  expect_error(GetParam().kind, GetParam().part, [&] { GetParam().use(*backend); });
}

template <class T>
void shorten(DeviceSpan<T>& span) {
  span = span.subspan(0, span.size() - 1);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ForecasterErrors,
    testing::Values(
        WrongUse{"NoWindows", ErrorKind::internal, "batches of 0 windows",
                 [](Backend& backend) {
                   ForecasterShape shape = good_shape();
                   shape.batch = 0;
                   Forecaster forecaster(backend, shape);
                 }},
        WrongUse{"NoSteps", ErrorKind::config, "data.timeframes has 0 steps for 1m",
                 [](Backend& backend) {
                   ForecasterShape shape = good_shape();
                   shape.timeframes[0].steps = 0;
                   forecaster_bytes(backend, shape);
                 }},
        WrongUse{"EverythingDropped", ErrorKind::config, "model.dropout is 1",
                 [](Backend& backend) {
                   ForecasterShape shape = good_shape();
                   shape.model.dropout = 1;
                   forecaster_bytes(backend, shape);
                 }},
        WrongUse{"NoUnits", ErrorKind::config, "model.hidden is 0",
                 [](Backend& backend) {
                   ForecasterShape shape = good_shape();
                   shape.model.hidden = 0;
                   forecaster_bytes(backend, shape);
                 }},
        WrongUse{"BeforeParameters", ErrorKind::internal, "before its parameters were loaded",
                 [](Backend& backend) {
                   Forecaster forecaster(backend, good_shape());
                   BatchOnDevice const batch(backend, noisy_batch(good_shape()));
                   forecaster.predict(batch.view());
                 }},
        WrongUse{"FewParameters", ErrorKind::internal, "parameters for a model with",
                 [](Backend& backend) { use(backend, good_shape(), 1, 0, no_spoil); }},
        WrongUse{"FewGradients", ErrorKind::internal, "gradients for a model with",
                 [](Backend& backend) { use(backend, good_shape(), 0, 1, no_spoil); }},
        WrongUse{"GradientOfAnEvaluation", ErrorKind::internal, "planned for evaluation",
                 [](Backend& backend) {
                   ForecasterShape shape = good_shape();
                   shape.training = false;
                   use(backend, shape, 0, 0, no_spoil);
                 }},
        WrongUse{"FewTimeframes", ErrorKind::internal, "windows of 0 timeframes",
                 [](Backend& backend) {
                   spoil_with(backend, [](DeviceBatch& batch) { batch.windows.clear(); });
                 }},
        WrongUse{"FewWindows", ErrorKind::internal, "a batch with 2 windows",
                 [](Backend& backend) {
                   spoil_with(backend, [](DeviceBatch& batch) { shorten(batch.windows[0].ends); });
                 }},
        WrongUse{"FewTargets", ErrorKind::internal, "a batch with 2 targets",
                 [](Backend& backend) {
                   spoil_with(backend, [](DeviceBatch& batch) { shorten(batch.target); });
                 }},
        WrongUse{"FewSamples", ErrorKind::internal, "dropout keys for 2 windows",
                 [](Backend& backend) {
                   spoil_with(backend, [](DeviceBatch& batch) { shorten(batch.samples); });
                 }},
        WrongUse{"ManyValid", ErrorKind::internal, "a batch with 4 valid windows",
                 [](Backend& backend) {
                   spoil_with(backend, [](DeviceBatch& batch) { batch.valid_count = 4; });
                 }}),
    [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
