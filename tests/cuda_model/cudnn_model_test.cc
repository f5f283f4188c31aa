// SPDX-License-Identifier: Apache-2.0
// Tests the model's cuDNN: what it refuses, which misuse ends the process, and that independent
// calls may run side by side.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "cuda_model/cudnn_test_layer.h"

namespace cuda_model {
namespace {

/// The order in which streams run, such that the calls of two streams overlap.
[[maybe_unused]] bool const is_uniform = ::setenv("CUDA_MODEL_SEED", "1", 1) == 0;

/// A number that is no value of an enumeration.
template <class Enum>
Enum unknown(unsigned number) {
  return std::bit_cast<Enum>(number);
}

struct RefusalCase {
  char const* name;
  std::function<void(RnnArguments&)> change;
  cudnnStatus_t status;

  friend void PrintTo(RefusalCase const& given, std::ostream* out) { *out << given.name; }
};
class RnnDescriptor : public testing::TestWithParam<RefusalCase> {};

TEST_P(RnnDescriptor, RefusesAsCudnnDoes) {
  RnnArguments arguments;
  GetParam().change(arguments);
  DeviceLayer layer;
  char text[256] = "?";
  cudnnGetLastErrorString(text, sizeof text);  // forgets that of an earlier test
  EXPECT_EQ(layer.describe(arguments), GetParam().status);
  cudnnGetLastErrorString(text, sizeof text);
  EXPECT_EQ(std::string(text).empty(), GetParam().status == CUDNN_STATUS_SUCCESS);
}

// clang-format off
constexpr auto ok = CUDNN_STATUS_SUCCESS, bad = CUDNN_STATUS_BAD_PARAM, unsupported = CUDNN_STATUS_NOT_SUPPORTED;
#define SET(member, value) [](RnnArguments& a) { a.member = value; }
INSTANTIATE_TEST_SUITE_P(Table, RnnDescriptor, testing::ValuesIn(std::vector<RefusalCase>{
    {"Usual",            [](RnnArguments&) {}, ok},
    {"Half",             SET(type, CUDNN_DATA_HALF), ok},
    {"Bfloat16",         SET(type, CUDNN_DATA_BFLOAT16), ok},
    {"FmaMath",          SET(math, CUDNN_FMA_MATH), ok},
    {"TensorOpMath",     SET(math, CUDNN_TENSOR_OP_MATH), ok},
    {"DoubleBias",       SET(bias, CUDNN_RNN_DOUBLE_BIAS), ok},
    {"NoBias",           SET(bias, CUDNN_RNN_NO_BIAS), ok},
    {"RecurrentBias",    SET(bias, CUDNN_RNN_SINGLE_REC_BIAS), ok},
    {"NoInputs",         SET(inputs, 0), bad},
    {"NoHiddenUnits",    SET(hidden, 0), bad},
    {"NoProjection",     SET(projection, 0), bad},
    {"WideProjection",   SET(projection, 1000), unsupported},
    {"NoLayers",         SET(layers, 0), bad},
    {"UnknownFlag",      SET(flags, 2), bad},
    {"UnknownAlgorithm", SET(algorithm, unknown<cudnnRNNAlgo_t>(4)), bad},
    {"UnknownCell",      SET(cell, unknown<cudnnRNNMode_t>(4)), bad},
    {"UnknownBias",      SET(bias, unknown<cudnnRNNBiasMode_t>(4)), bad},
    {"UnknownDirection", SET(direction, unknown<cudnnDirectionMode_t>(2)), bad},
    {"UnknownInput",     SET(input_mode, unknown<cudnnRNNInputMode_t>(2)), bad},
    {"UnknownMath",      SET(math, unknown<cudnnMathType_t>(4)), bad},
    {"Int8",             SET(type, CUDNN_DATA_INT8), unsupported},
    {"FloatInDouble",    SET(precision, CUDNN_DATA_DOUBLE), unsupported},
    {"FloatInHalf",      SET(precision, CUDNN_DATA_HALF), unsupported},
    {"Bfloat16InItself", [](RnnArguments& a) { a.type = a.precision = CUDNN_DATA_BFLOAT16; }, unsupported},
    {"PersistentSingleBias", SET(algorithm, CUDNN_RNN_ALGO_PERSIST_STATIC), unsupported},
    {"DynamicSingleBias",    SET(algorithm, CUDNN_RNN_ALGO_PERSIST_DYNAMIC), unsupported},
    {"SmallSingleBias",      SET(algorithm, CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H), unsupported},
    {"PersistentDoubleBias", [](RnnArguments& a) { a.algorithm = CUDNN_RNN_ALGO_PERSIST_STATIC; a.bias = CUDNN_RNN_DOUBLE_BIAS; }, ok},
}), [](auto const& each) { return each.param.name; });
#undef SET
// clang-format on

class RnnSizes : public testing::TestWithParam<RefusalCase> {};

TEST_P(RnnSizes, ExistForWhatIsKnownToBeSupported) {
  RnnArguments arguments;
  arguments.bias = CUDNN_RNN_DOUBLE_BIAS;
  GetParam().change(arguments);
  DeviceLayer layer;
  ASSERT_EQ(layer.describe(arguments), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(layer.ask_sizes(), GetParam().status);
}

/// A layer for which PyTorch selects the algorithm.
void make_persistent(RnnArguments& a) {
  a.algorithm = CUDNN_RNN_ALGO_PERSIST_STATIC, a.type = CUDNN_DATA_HALF;
  a.direction = CUDNN_UNIDIRECTIONAL;
  a.inputs = 128, a.hidden = a.projection = 256, a.batch = 64;
}
// clang-format off
#define PERSISTENT(member, value) [](RnnArguments& a) { make_persistent(a); a.member = value; }
void make_small(RnnArguments& a, int hidden) { a.algorithm = CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H; a.hidden = a.projection = hidden; }
INSTANTIATE_TEST_SUITE_P(Table, RnnSizes, testing::ValuesIn(std::vector<RefusalCase>{
    {"Standard",            [](RnnArguments&) {}, ok},
    {"Persistent",          make_persistent, ok},
    {"PersistentFloat",     PERSISTENT(type, CUDNN_DATA_FLOAT), unsupported},
    {"PersistentBothWays",  PERSISTENT(direction, CUDNN_BIDIRECTIONAL), unsupported},
    {"PersistentOddBatch",  PERSISTENT(batch, 63), unsupported},
    {"PersistentBatch256",  PERSISTENT(batch, 256), unsupported},
    {"PersistentOddInputs", PERSISTENT(inputs, 32), unsupported},
    {"PersistentH192",      [](RnnArguments& a) { make_persistent(a); a.hidden = a.projection = 192; }, unsupported},
    {"PersistentH2048",     [](RnnArguments& a) { make_persistent(a); a.hidden = a.projection = 2048; }, unsupported},
    {"Dynamic",             PERSISTENT(algorithm, CUDNN_RNN_ALGO_PERSIST_DYNAMIC), unsupported},
    {"SmallH128",           [](RnnArguments& a) { make_small(a, 128); }, ok},
    {"SmallH192",           [](RnnArguments& a) { make_small(a, 192); }, unsupported},
    {"TooManyGates",        [](RnnArguments& a) { a.steps = 240; a.batch = 2048; a.hidden = a.projection = 1024; }, unsupported},
    {"GatesJustFit",        [](RnnArguments& a) { a.steps = 240; a.batch = 1024; a.hidden = a.projection = 1024; }, ok},
}), [](auto const& each) { return each.param.name; });
#undef PERSISTENT
// clang-format on

struct SizeCase {
  char const* name;
  cudnnDataType_t type;
  cudnnDirectionMode_t direction;
  int batch, inputs;
  std::size_t weight_bytes, work_bytes, reserve_bytes;  ///< of T 240, H 1024

  friend void PrintTo(SizeCase const& given, std::ostream* out) { *out << given.name; }
};
class RnnSizesOfCudnn : public testing::TestWithParam<SizeCase> {};

/// What cuDNN 9.19 stored before it failed without a GPU.
TEST_P(RnnSizesOfCudnn, AreReported) {
  SizeCase const& given = GetParam();
  RnnArguments arguments;
  arguments.type = given.type, arguments.direction = given.direction;
  arguments.steps = 240, arguments.batch = given.batch;
  arguments.inputs = given.inputs, arguments.hidden = arguments.projection = 1024;
  DeviceLayer layer;
  ASSERT_EQ(layer.describe(arguments), CUDNN_STATUS_SUCCESS);
  ASSERT_EQ(layer.ask_sizes(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(layer.weight_bytes, given.weight_bytes);
  EXPECT_EQ(layer.work_bytes, given.work_bytes);
  EXPECT_EQ(layer.reserve_bytes, given.reserve_bytes);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RnnSizesOfCudnn, testing::ValuesIn(std::vector<SizeCase>{
    {"FirstLayer",     CUDNN_DATA_FLOAT, CUDNN_BIDIRECTIONAL,   128,   32,  34635776,  1829504256, 1258291456},
    {"FirstLayerHalf", CUDNN_DATA_HALF,  CUDNN_BIDIRECTIONAL,   128,   32,  17317888,   923141376,  629145856},
    {"UpperLayer",     CUDNN_DATA_FLOAT, CUDNN_BIDIRECTIONAL,   128, 2048, 100696064,  2395997440, 1258291456},
    {"LargeBatch",     CUDNN_DATA_FLOAT, CUDNN_BIDIRECTIONAL,  1024, 2048, 100696064, 18345894144, 10066329856},
    {"OneDirection",   CUDNN_DATA_FLOAT, CUDNN_UNIDIRECTIONAL, 1024, 2048,  50348032,  9164562688,  5033165056},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct CallCase {
  char const* name;
  std::function<void(DeviceLayer&)> change;
  cudnnStatus_t forward, data, weights;

  friend void PrintTo(CallCase const& given, std::ostream* out) { *out << given.name; }
};
class RnnCalls : public testing::TestWithParam<CallCase> {};

TEST_P(RnnCalls, RefuseAsCudnnDoes) {
  DeviceLayer layer(RnnArguments{});
  GetParam().change(layer);
  EXPECT_EQ(layer.forward(), GetParam().forward);
  EXPECT_EQ(layer.backward_data(), GetParam().data);
  EXPECT_EQ(layer.backward_weights(), GetParam().weights);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RnnCalls, testing::ValuesIn(std::vector<CallCase>{
    {"Usual",            [](DeviceLayer&) {}, ok, ok, ok},
    {"NoHandle",         [](DeviceLayer& l) { l.used_handle = nullptr; }, bad, bad, bad},
    {"NoWeights",        [](DeviceLayer& l) { l.weights.data = nullptr; l.d_weights.data = nullptr; }, bad, bad, bad},
    {"ShortWeights",     [](DeviceLayer& l) { l.weight_bytes -= 4; }, bad, bad, bad},
    {"NoWorkSpace",      [](DeviceLayer& l) { l.work.data = nullptr; }, bad, bad, bad},
    {"ShortWorkSpace",   [](DeviceLayer& l) { l.work_bytes -= 32; }, bad, bad, bad},
    {"NoReserveSpace",   [](DeviceLayer& l) { l.reserve.data = nullptr; }, bad, bad, bad},
    {"ShortReserve",     [](DeviceLayer& l) { l.reserve_bytes -= 32; }, bad, bad, bad},
    {"OtherSteps",       [](DeviceLayer& l) { l.describe_x(1, 0, 0); }, bad, bad, bad},
    {"OtherBatch",       [](DeviceLayer& l) { l.describe_x(0, 1, 0); }, bad, bad, bad},
    {"OtherWidth",       [](DeviceLayer& l) { l.describe_x(0, 0, 1); }, bad, bad, bad},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RnnStates, NeedADescriptorOfTheirShape) {
  DeviceLayer layer(RnnArguments{});
  layer.describe_state(1);
  EXPECT_EQ(layer.forward(), CUDNN_STATUS_SUCCESS);  // no state is given
  layer.wants_states = true;
  EXPECT_EQ(layer.forward(), CUDNN_STATUS_BAD_PARAM);
  layer.state = nullptr;
  EXPECT_EQ(layer.forward(), CUDNN_STATUS_BAD_PARAM);
}

TEST(RnnWeightGradient, IsOnlyAdded) {
  DeviceLayer layer(RnnArguments{});
  layer.mode = CUDNN_WGRAD_MODE_SET;
  EXPECT_EQ(layer.backward_weights(), CUDNN_STATUS_NOT_SUPPORTED);
  layer.mode = unknown<cudnnWgradMode_t>(2);
  EXPECT_EQ(layer.backward_weights(), CUDNN_STATUS_BAD_PARAM);
}

TEST(RnnStates, OfTheEntryPointsEqualTheArithmetic) {
  RnnArguments arguments;
  DeviceLayer layer(arguments);
  layer.wants_states = true;
  HostLayer host(layer.spec());
  layer.load(host);
  ASSERT_EQ(layer.run(), CUDNN_STATUS_SUCCESS);
  layer.wait();
  host.run();
  EXPECT_EQ(layer.read(layer.y), host.y.floats());
  EXPECT_EQ(layer.read(layer.hy), host.hy.floats());
  EXPECT_EQ(layer.read(layer.dx), host.dx.floats());
  EXPECT_EQ(layer.read(layer.d_weights), host.d_weights.floats());
}

TEST(TwoHandles, WorkAtTheSameTimeWithTheirOwnSpaces) {
  DeviceLayer first(RnnArguments{}), second(RnnArguments{});
  HostLayer host(first.spec());
  first.load(host), second.load(host);
  for (int repeat = 0; repeat < 8; ++repeat) {
    ASSERT_EQ(first.run(), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(second.run(), CUDNN_STATUS_SUCCESS);
  }
  first.wait(), second.wait();
  EXPECT_EQ(first.read(first.y), second.read(second.y));
  EXPECT_EQ(first.read(first.d_weights), second.read(second.d_weights));
}

TEST(TwoHandles, ComputeWeightGradientsOnASecondStreamThatWaits) {
  DeviceLayer one(RnnArguments{}), two(RnnArguments{}), helper(RnnArguments{});
  HostLayer host(one.spec());
  one.load(host), two.load(host);
  ASSERT_EQ(one.run(), CUDNN_STATUS_SUCCESS);
  ASSERT_EQ(two.forward(), CUDNN_STATUS_SUCCESS);
  ASSERT_EQ(two.backward_data(), CUDNN_STATUS_SUCCESS);
  helper.wait_for(two);
  two.used_handle = helper.handle;
  two.work.data = helper.work.data;
  ASSERT_EQ(two.backward_weights(), CUDNN_STATUS_SUCCESS);
  one.wait(), two.wait(), helper.wait();
  EXPECT_EQ(one.read(one.d_weights), two.read(two.d_weights));
}

struct MisuseCase {
  char const* name;
  std::function<void(DeviceLayer&)> commit;
  char const* message;

  friend void PrintTo(MisuseCase const& given, std::ostream* out) { *out << given.name; }
};
class RnnMisuseDeathTest : public testing::TestWithParam<MisuseCase> {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_P(RnnMisuseDeathTest, EndsTheProcess) {
  EXPECT_EXIT(
      {
        DeviceLayer layer(RnnArguments{});
        layer.load(HostLayer(layer.spec()));
        GetParam().commit(layer);
        layer.wait();
      },
      testing::ExitedWithCode(99), GetParam().message);
}

/// Runs forwards on two streams with one work space, often enough that some overlap.
void share_work_space(DeviceLayer& layer) {
  DeviceLayer other(RnnArguments{});
  other.load(HostLayer(other.spec()));
  other.work.data = layer.work.data;
  for (int repeat = 0; repeat < 50; ++repeat) (void)layer.forward(), (void)other.forward();
  layer.wait(), other.wait();
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, RnnMisuseDeathTest, testing::ValuesIn(std::vector<MisuseCase>{
    {"DataWithoutForward",    [](DeviceLayer& l) { (void)l.backward_data(); }, "no cudnnRNNForward"},
    {"WeightsWithoutData",    [](DeviceLayer& l) { (void)l.forward(); (void)l.backward_weights(); }, "must follow cudnnRNNBackwardData_v8"},
    {"DataTwice",             [](DeviceLayer& l) { (void)l.forward(); (void)l.backward_data(); (void)l.backward_data(); }, "must follow cudnnRNNForward"},
    {"WeightsTwice",          [](DeviceLayer& l) { (void)l.run(); (void)l.backward_weights(); }, "must follow"},
    {"ReserveOverwritten",    [](DeviceLayer& l) { (void)l.forward(); l.overwrite(l.reserve); (void)l.backward_data(); }, "reserveSpace at .* is not what it was"},
    {"YOverwritten",          [](DeviceLayer& l) { (void)l.forward(); l.overwrite(l.y); (void)l.backward_data(); }, "y at .* is not what it was"},
    {"WeightsOverwritten",    [](DeviceLayer& l) { (void)l.forward(); l.overwrite(l.weights); (void)l.backward_data(); }, "weightSpace at .* is not what it was"},
    {"XOverwritten",          [](DeviceLayer& l) { (void)l.forward(); (void)l.backward_data(); l.overwrite(l.x); (void)l.backward_weights(); }, "x at .* is not what it was"},
    {"DxOverDy",              [](DeviceLayer& l) { (void)l.forward(); l.dx.data = l.dy.data; (void)l.backward_data(); }, "dx overlaps dy"},
    {"WorkOverReserve",       [](DeviceLayer& l) { l.reserve.data = l.work.data; (void)l.forward(); }, "reserveSpace overlaps workSpace"},
    {"NullX",                 [](DeviceLayer& l) { l.x.data = nullptr; (void)l.forward(); }, "cudnnRNNForward: .*x"},
    {"UnalignedX",            [](DeviceLayer& l) { l.x.data = static_cast<std::byte*>(l.x.data) + 4; (void)l.forward(); }, "cudnnRNNForward: .*x"},
    {"OneWorkSpaceTwoStreams", share_work_space, "work"},
    {"DestroyedHandle",       [](DeviceLayer& l) { (void)cudnnDestroy(l.handle); (void)l.forward(); }, "its handle does not exist"},
    {"TwoLayers",             [](DeviceLayer& l) { RnnArguments a; a.layers = 2; (void)l.describe(a); }, "more than one layer is not modeled"},
    {"Gru",                   [](DeviceLayer& l) { RnnArguments a; a.cell = CUDNN_GRU; (void)l.describe(a); }, "not modeled"},
    {"Double",                [](DeviceLayer& l) { RnnArguments a; a.type = a.precision = CUDNN_DATA_DOUBLE; (void)l.describe(a); }, "not modeled"},
    {"HalfMath",              [](DeviceLayer& l) { RnnArguments a; a.type = a.precision = CUDNN_DATA_HALF; (void)l.describe(a); }, "not modeled"},
    {"NoPaddedIo",            [](DeviceLayer& l) { RnnArguments a; a.flags = 0; (void)l.describe(a); }, "not modeled"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace cuda_model
