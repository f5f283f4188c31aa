// SPDX-License-Identifier: Apache-2.0
// Tests the benchmark of a second LSTM algorithm, with CPU layers that are made to fail or differ,
// and the choice that follows from its result.
#include "backend/lstm_benchmark.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "backend/backends.h"
#include "backend/persistent_support.h"
#include "base/error.h"
#include "model/counting_backend.h"

namespace moneta {
namespace {

/// Forwards calls and adds something to one number of y.
class OffLstm : public LstmLayer {
 public:
  OffLstm(std::unique_ptr<LstmLayer> inner, float off, float drift)
      : inner_(std::move(inner)), off_(off), drift_(drift) {}
  void load_parameters(DeviceSpan<float const> parameters) override {
    inner_->load_parameters(parameters);
  }
  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    inner_->forward(x, y, workspace, scratch);
    auto* const values = static_cast<float*>(y.data);
    if (y.precision == Precision::f32) values[y.size / 2] += off_;
    off_ += drift_;
  }
  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    inner_->backward(x, y, dy, workspace, scratch, dx, d_parameters);
  }

 private:
  std::unique_ptr<LstmLayer> inner_;
  float off_, drift_;
};

/// A CPU backend whose persistent layers behave as a test requires.
class TwoAlgorithms : public CountingBackend {
 public:
  explicit TwoAlgorithms(Backend& inner) : CountingBackend(inner) {}

  float off = 0, drift = 0;        ///< added to a number of y, and the increase per call
  std::function<void()> on_make;   ///< called for every persistent layer
  std::vector<std::size_t> steps;  ///< of the created layers

  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    steps.push_back(shape.steps);
    auto layer = CountingBackend::make_lstm(shape);
    if (shape.algorithm == LstmAlgorithm::standard) return layer;
    if (on_make) on_make();
    return std::make_unique<OffLstm>(std::move(layer), off, drift);
  }
};

LstmShape shape_of(std::size_t directions, Precision precision = Precision::f32) {
  LstmShape shape{40, 3, 8, 5, 6, directions, precision, true};
  shape.input_gradient = directions == 2;
  return shape;
}

/// A timer that runs the work and alternately returns 2 s and 1 s.
DeviceTimer two_and_one() {
  auto const calls = std::make_shared<int>(0);
  return [calls](std::function<void()> const& work) {
    work();
    return ++*calls % 2 == 1 ? 2.0 : 1.0;
  };
}

TEST(LstmBenchmark, ComparesOutputsAndGradientsAndTimesBoth) {
  for (std::size_t const directions : {1u, 2u}) {
    for (Precision const precision : {Precision::f32, Precision::bf16}) {
      auto const cpu = make_cpu_backend(1);
      if (!cpu->supports(precision)) continue;
      TwoAlgorithms backend(*cpu);
      LstmBenchmark const benchmark =
          benchmark_lstm_algorithms(backend, shape_of(directions, precision), two_and_one());
      EXPECT_EQ(benchmark.refused, "");
      EXPECT_EQ(benchmark.difference, 0);
      EXPECT_TRUE(benchmark.repeats);
      EXPECT_EQ(benchmark.standard_s, 2);
      EXPECT_EQ(benchmark.persistent_s, 1);
      // One layer with all steps, which is only created, then the two that run.
      EXPECT_EQ(backend.steps, (std::vector<std::size_t>{40, benchmark_steps, benchmark_steps}));
    }
  }
}

TEST(LstmBenchmark, DetectsOneWrongNumber) {
  auto const cpu = make_cpu_backend(1);
  TwoAlgorithms backend(*cpu);
  backend.off = 0.5f;
  LstmBenchmark benchmark = benchmark_lstm_algorithms(backend, shape_of(2), two_and_one());
  EXPECT_GT(benchmark.difference, 0.3);  // outputs are within +-1
  EXPECT_TRUE(benchmark.repeats);
  backend.off = NAN;
  benchmark = benchmark_lstm_algorithms(backend, shape_of(2), two_and_one());
  EXPECT_TRUE(std::isinf(benchmark.difference));
}

TEST(LstmBenchmark, DetectsThatTwoRunsDiffer) {
  auto const cpu = make_cpu_backend(1);
  TwoAlgorithms backend(*cpu);
  backend.drift = 1e-6f;
  EXPECT_FALSE(benchmark_lstm_algorithms(backend, shape_of(2), two_and_one()).repeats);
}

TEST(LstmBenchmark, FailureIsAResult) {
  auto const cpu = make_cpu_backend(1);
  TwoAlgorithms backend(*cpu);
  backend.on_make = [] {
    throw Error(ErrorKind::device, "the GPU failed in cudnnX (NOT_SUPPORTED). Look at nvidia-smi?");
  };
  LstmBenchmark benchmark = benchmark_lstm_algorithms(backend, shape_of(2), two_and_one());
  EXPECT_EQ(benchmark.refused, "the GPU failed in cudnnX (NOT_SUPPORTED)");
  backend.on_make = [] { throw OutOfMemory("no memory (9 MiB)"); };
  benchmark = benchmark_lstm_algorithms(backend, shape_of(2), two_and_one());
  EXPECT_EQ(benchmark.refused, "no memory (9 MiB)");
  backend.on_make = [] { throw std::bad_alloc(); };
  benchmark = benchmark_lstm_algorithms(backend, shape_of(2), two_and_one());
  EXPECT_EQ(benchmark.refused, "the machine has no memory left for the benchmark");
}

TEST(LstmBenchmark, DoesNotExistForADeviceWithOneAlgorithm) {
  EXPECT_FALSE(make_cpu_backend(1)->benchmark_persistent_lstm(shape_of(2), [] { return true; }));
}

/// A program that cannot start the benchmark in a process of its own never runs it.
TEST(CudaLstmBenchmark, IsRefusedWithoutAProgramForItsProcess) {
  if (count_gpus().count == 0) GTEST_SKIP() << "no GPU: " << count_gpus().why_none;
  auto const gpu = make_cuda_backend(0);
  auto const on = [] { return true; };
  for (std::size_t const directions : {1u, 2u}) {
    for (Precision const precision : {Precision::f32, Precision::bf16}) {
      LstmShape const shape{40, 64, 256, 256, 256, directions, precision, true};
      auto const benchmark = gpu->benchmark_persistent_lstm(shape, on);
      ASSERT_TRUE(benchmark);
      EXPECT_NE(benchmark->refused, "");
      EXPECT_EQ(choose_lstm_algorithm(*benchmark, precision).algorithm, LstmAlgorithm::standard);
      LstmShape const odd{2, 1, 3, 3, 5, directions, precision, true};
      EXPECT_NE(gpu->benchmark_persistent_lstm(odd, on)->refused.find("its kernels need H up to"),
                std::string::npos);
      EXPECT_NO_THROW(gpu->make_lstm(shape));
      EXPECT_NO_THROW(gpu->synchronize());
    }
  }
}
struct SupportCase {
  char const* name;
  std::size_t batch, inputs, hidden;
  int major, minor;
  std::size_t multiprocessors;
  char const* why;  ///< a part of it; empty if the algorithm is tried

  friend void PrintTo(SupportCase const& given, std::ostream* out) { *out << given.name; }
};

class PersistentSupport : public testing::TestWithParam<SupportCase> {};

TEST_P(PersistentSupport, IsKnownFromTheShapeAndTheGpu) {
  SupportCase const& given = GetParam();
  LstmShape const shape{240,          given.batch, given.inputs,    given.inputs,
                        given.hidden, 2,           Precision::bf16, true};
  GpuInfo const gpu{0, "a GPU", given.major, given.minor, given.multiprocessors};
  std::string const why = why_not_persistent(shape, gpu);
  EXPECT_EQ(why.empty(), std::string_view(given.why).empty()) << why;
  EXPECT_NE(why.find(given.why), std::string::npos) << why;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PersistentSupport, testing::ValuesIn(std::vector<SupportCase>{
    {"H100",        64, 2048, 1024, 9, 0, 132, ""},
    {"A100",        64, 2048, 1024, 8, 0, 108, ""},
    {"Rtx3090",     64, 2048, 1024, 8, 6,  82, "it is not reliable on compute capability 8.6"},
    {"Orin",        64, 2048, 1024, 8, 7,  16, "it is not reliable on compute capability 8.7"},
    {"Rtx4090",     64, 2048, 1024, 8, 9, 128, "it is not reliable on compute capability 8.9"},
    {"A30",         64, 2048, 1024, 8, 0,  56, "its kernels need 98 multiprocessors, and this GPU has 56"},
    {"PartOfAH100", 64, 2048, 1024, 9, 0,  60, "its kernels need 98 multiprocessors, and this GPU has 60"},
    {"LargeHidden", 64, 2048, 1152, 9, 0, 132, "its kernels need H up to 1024"},
    {"OddHidden",   64, 2048,  100, 9, 0, 132, "its kernels need H up to 1024"},
    {"OddInputs",   64,   23,  128, 9, 0, 132, "its kernels need H up to 1024"},
    {"OddBatch",     3, 2048,  128, 9, 0, 132, "its kernels need H up to 1024"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

struct ChoiceCase {
  char const* name;
  LstmBenchmark benchmark;
  Precision precision;
  LstmAlgorithm started_with;
  LstmAlgorithm expected;
  char const* why;

  friend void PrintTo(ChoiceCase const& given, std::ostream* out) { *out << given.name; }
};

class LstmChoices : public testing::TestWithParam<ChoiceCase> {};

TEST_P(LstmChoices, ArePersistentOnlyIfCorrectAndFaster) {
  ChoiceCase const& given = GetParam();
  LstmChoice const choice =
      choose_lstm_algorithm(given.benchmark, given.precision, given.started_with);
  EXPECT_EQ(choice.algorithm, given.expected);
  EXPECT_EQ(choice.why, given.why);
}

// clang-format off
constexpr auto f32 = Precision::f32, tf32 = Precision::tf32, bf16 = Precision::bf16,
               fp16 = Precision::fp16;
constexpr auto standard = LstmAlgorithm::standard, persistent = LstmAlgorithm::persistent;
INSTANTIATE_TEST_SUITE_P(Table, LstmChoices, testing::ValuesIn(std::vector<ChoiceCase>{
    {"Faster",         {"", 0, true, 1.7, 1},         bf16, standard,   persistent, "persistent, 1.70 times as fast"},
    {"JustFaster",     {"", 0, true, 1.05, 1},        bf16, standard,   persistent, "persistent, 1.05 times as fast"},
    {"WithinNoise",    {"", 0, true, 1.04, 1},        bf16, standard,   standard,   "standard (the persistent algorithm is only 1.04 times as fast, and 1.05 is needed)"},
    {"Slower",         {"", 0, true, 1, 2},           bf16, standard,   standard,   "standard (the persistent algorithm is only 0.50 times as fast, and 1.05 is needed)"},
    {"NoTime",         {"", 0, true, 1, 0},           bf16, standard,   standard,   "standard (the persistent algorithm is only 0.00 times as fast, and 1.05 is needed)"},
    {"Refused",        {"NOT_SUPPORTED", 0, true, 2, 1}, f32, standard, standard,   "standard (the persistent algorithm does not run: NOT_SUPPORTED)"},
    {"Equal32",        {"", 1e-4, true, 2, 1},        f32,  standard,   persistent, "persistent, 2.00 times as fast"},
    {"Differs32",      {"", 2e-4, true, 2, 1},        f32,  standard,   standard,   "standard (the results of the persistent algorithm differ by 0.0002 of the largest number, and 0.0001 is allowed)"},
    {"EqualTf32",      {"", 5e-3, true, 2, 1},        tf32, standard,   persistent, "persistent, 2.00 times as fast"},
    {"DiffersFp16",    {"", 6e-3, true, 2, 1},        fp16, standard,   standard,   "standard (the results of the persistent algorithm differ by 0.006 of the largest number, and 0.005 is allowed)"},
    {"Equal16",        {"", 3e-2, true, 2, 1},        bf16, standard,   persistent, "persistent, 2.00 times as fast"},
    {"Differs16",      {"", 4e-2, true, 2, 1},        bf16, standard,   standard,   "standard (the results of the persistent algorithm differ by 0.04 of the largest number, and 0.03 is allowed)"},
    {"NotFinite",      {"", NAN, true, 2, 1},         bf16, standard,   standard,   "standard (the results of the persistent algorithm differ by nan of the largest number, and 0.03 is allowed)"},
    {"NotTwice",       {"", 0, false, 2, 1},          bf16, standard,   standard,   "standard (the persistent algorithm is not reproducible)"},
    {"StartedAndSlower", {"", 0, true, 1, 2},           bf16, persistent, persistent, "persistent, because the run was started with it, 0.50 times as fast"},
    {"StartedAndGone",   {"NOT_SUPPORTED", 0, true, 0, 0}, bf16, persistent, standard, "standard (the persistent algorithm does not run: NOT_SUPPORTED)"},
    {"StartedAndWrong",    {"", 1, true, 2, 1},           bf16, persistent, standard,   "standard (the results of the persistent algorithm differ by 1 of the largest number, and 0.03 is allowed)"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
