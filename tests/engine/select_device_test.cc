// SPDX-License-Identifier: Apache-2.0
#include "engine/select_device.h"

#include <gtest/gtest.h>

#include "backend/cpu/make.h"
#include "engine/training_device.h"
#include "support/expect_error.h"
#include "support/wrapped_backend.h"

namespace moneta {
namespace {

/// A GPU of a made-up node.
struct Card {
  bool is_new = true;        ///< compute capability 8.0 or newer
  bool cudnn_is_new = true;  ///< it has LSTM layers in bf16
  std::size_t number = 0;
};

class CardBackend : public WrappedBackend {
 public:
  explicit CardBackend(Card const& card, std::unique_ptr<Backend> cpu = make_cpu_backend(1))
      : WrappedBackend(*cpu), cpu_(std::move(cpu)), card_(card) {}
  std::string description() const override {
    return fmt::format("GPU {}, {}, cuDNN 9.1.0", card_.number, card_.is_new ? "new" : "old");
  }
  std::string rounding_identity() const override { return "new, cuDNN 9.1.0"; }
  bool supports(Precision precision) const override { return multiplies_fast(precision); }
  bool multiplies_fast(Precision precision) const override {
    if (precision == Precision::f32) return true;
    return card_.is_new && (precision != Precision::bf16 || card_.cudnn_is_new);
  }
  std::optional<DeviceMemoryUse> memory_use() const override {
    return DeviceMemoryUse{std::size_t{1} << 34, 0};
  }

 private:
  std::unique_ptr<Backend> cpu_;
  Card card_;
};

/// A node with these cards, 'n' new and 'o' old, of which the new ones are usable.
NodeGpus node_of(std::string const& cards) {
  std::vector<GpuInfo> all;
  for (char const card : cards) all.push_back({all.size(), "card", card == 'n' ? 9 : 7, 5, 100});
  NodeGpus gpus;
  gpus.count = usable_gpus(all);
  gpus.open = [](std::size_t number) -> std::unique_ptr<Backend> {
    return std::make_unique<CardBackend>(Card{true, true, number});
  };
  gpus.identity = [usable = gpus.count.usable](std::size_t number) {
    return fmt::format("GPU-{}", usable.at(number).ordinal);
  };
  return gpus;
}

struct DeviceCase {
  char const* name;
  char const* cards;
  DeviceKind kind;
  std::size_t rank;
  char const* gpu;  ///< empty: the CPU
  std::vector<std::string> notes = {};
  friend void PrintTo(DeviceCase const& each, std::ostream* out) { *out << each.name; }
};

class OpenBackendOf : public testing::TestWithParam<DeviceCase> {};

TEST_P(OpenBackendOf, ANodeTakesItsUsableGpusInTurn) {
  DeviceConfig device;
  device.kind = GetParam().kind;
  device.threads = 1;
  OpenedBackend const opened =
      open_backend(device, {GetParam().rank, 4}, node_of(GetParam().cards));
  EXPECT_EQ(opened.gpu, GetParam().gpu);
  EXPECT_EQ(opened.backend->memory_use().has_value(), !opened.gpu.empty());
  EXPECT_EQ(opened.notes, GetParam().notes);
}

std::string old_gpu(std::size_t number) {
  return fmt::format("GPU {} (card) has compute capability 7.5, and 8.0 or newer is required",
                     number);
}

// clang-format off
constexpr auto any = DeviceKind::automatic, cuda = DeviceKind::cuda, cpu = DeviceKind::cpu;
INSTANTIATE_TEST_SUITE_P(Table, OpenBackendOf, testing::ValuesIn(std::vector<DeviceCase>{
    {"NoGpu",               "",    any,  0, "",      {"this machine has no GPU"}},
    {"OneGpu",              "n",   any,  0, "GPU-0"},
    {"RoundRobin",          "nn",  any,  3, "GPU-1"},
    {"GpuRequired",         "nn",  cuda, 2, "GPU-0"},
    {"CpuRequired",         "on",  cpu,  0, ""},
    {"OldGpu",              "o",   any,  0, "",      {old_gpu(0)}},
    {"OldGpus",             "oo",  any,  1, "",      {old_gpu(0) + "; " + old_gpu(1)}},
    {"OldGpuBeforeANewOne", "on",  any,  0, "GPU-1", {old_gpu(0)}},
    {"OldGpuAfterANewOne",  "no",  any,  1, "GPU-0", {old_gpu(1)}},
    {"OldGpuAmongNewOnes",  "non", any,  1, "GPU-2", {old_gpu(1)}},
    {"NewGpuRequired",      "on",  cuda, 0, "GPU-1", {old_gpu(0)}},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(OpenBackendErrors, SayWhyThereIsNoGpuAlthoughOneIsRequired) {
  DeviceConfig device;
  device.kind = DeviceKind::cuda;
  expect_error(ErrorKind::device, "there is no usable GPU (this machine has no GPU)", [&] {
    open_backend(device, {0, 1}, node_of(""));
  });
  expect_error(ErrorKind::device, "there is no usable GPU (" + old_gpu(0) + "; " + old_gpu(1) + ")",
               [&] {
                 open_backend(device, {0, 1}, node_of("oo"));
               });
}

constexpr Card new_card{.is_new = true, .cudnn_is_new = true};
constexpr Card old_cudnn{.is_new = true, .cudnn_is_new = false};

TEST(ChoosePrecision, AutoIsBf16OrF32) {
  auto const automatic = PrecisionChoice::automatic;
  EXPECT_EQ(choose_precision(automatic, CardBackend(new_card)), Precision::bf16);
  EXPECT_EQ(choose_precision(automatic, CardBackend(old_cudnn)), Precision::f32)
      << "although it has fp16";
  EXPECT_NE(choose_precision(automatic, *make_cpu_backend(1)), Precision::fp16);
}

TEST(ChoosePrecision, Fp16IsForGpus) {
  EXPECT_EQ(choose_precision(PrecisionChoice::fp16, CardBackend(new_card)), Precision::fp16);
  EXPECT_EQ(choose_precision(PrecisionChoice::fp16, CardBackend(old_cudnn)), Precision::fp16);
  auto const on_cpu = [] { choose_precision(PrecisionChoice::fp16, *make_cpu_backend(1)); };
  expect_error(ErrorKind::config,
               "train.precision is fp16, in which only GPUs compute LSTM layers (this device: CPU",
               on_cpu);
  expect_error(ErrorKind::config, "Set train.precision=bf16 or train.precision=f32?", on_cpu);
}

TEST(EvaluationPrecision, IsThatOfTheTrainingWhereTheDeviceHasIt) {
  auto const automatic = PrecisionChoice::automatic;
  auto const host = make_cpu_backend(1);
  for (Precision const trained :
       {Precision::f32, Precision::tf32, Precision::bf16, Precision::fp16})
    EXPECT_EQ(evaluation_precision(automatic, trained, CardBackend(new_card)), trained);
  EXPECT_EQ(evaluation_precision(automatic, Precision::bf16, CardBackend(old_cudnn)),
            Precision::f32);
  EXPECT_EQ(evaluation_precision(automatic, Precision::fp16, *host), Precision::f32);
  EXPECT_EQ(evaluation_precision(automatic, Precision::tf32, *host), Precision::f32);
}

TEST(EvaluationPrecision, IsTheRequestedOneWhereTheDeviceHasIt) {
  auto const host = make_cpu_backend(1);
  CardBackend const card(new_card);
  EXPECT_EQ(evaluation_precision(PrecisionChoice::fp16, Precision::fp16, card), Precision::fp16);
  EXPECT_EQ(evaluation_precision(PrecisionChoice::f32, Precision::fp16, card), Precision::f32);
  EXPECT_EQ(evaluation_precision(PrecisionChoice::fp16, Precision::fp16, *host), Precision::f32);
  EXPECT_EQ(evaluation_precision(PrecisionChoice::tf32, Precision::tf32, *host), Precision::f32);
}

TEST(PrecisionHint, IsGivenIfOnlyCudnnPreventsBf16) {
  auto const hint = [](PrecisionChoice choice, Card const& card) {
    return precision_hint(choice, CardBackend(card));
  };
  std::string const text = hint(PrecisionChoice::automatic, {true, false});
  EXPECT_NE(text.find("cuDNN 9.13 or newer"), std::string::npos) << text;
  EXPECT_NE(text.find("train.precision=fp16 or train.precision=tf32"), std::string::npos) << text;
  EXPECT_EQ(hint(PrecisionChoice::automatic, {true, true}), "");
  EXPECT_EQ(hint(PrecisionChoice::automatic, {false, false}), "");
  EXPECT_EQ(hint(PrecisionChoice::f32, {true, false}), "");
  EXPECT_EQ(precision_hint(PrecisionChoice::automatic, *make_cpu_backend(1)), "");
}

TEST(RoundingIdentity, NamesNcclOnlyIfATeamSumsWithIt) {
  class Nccl : public GradientAllReduce {
   public:
    std::string description() const override { return "NCCL 2.28.9"; }
    void sum(DeviceSpan<float>) override {}
  };
  Config config;
  config.data.timeframes = {{"1m", 1, 8}};
  config.model.hidden = 4;
  auto const rounding = [&](TeamSum team_sum) {
    return TrainingDevice(std::make_unique<CardBackend>(new_card), std::make_unique<Nccl>(), config,
                          Precision::f32, team_sum)
        .rounding();
  };
  EXPECT_EQ(rounding(TeamSum::in_host_memory), "new, cuDNN 9.1.0");
  EXPECT_EQ(rounding(TeamSum::between_gpus), "new, cuDNN 9.1.0, NCCL 2.28.9");
  EXPECT_EQ(make_cpu_backend(1)->rounding_identity(), "");
}

TEST(RoundingWarning, NamesBothDevicesIfTheyDiffer) {
  std::string const earlier = "NVIDIA A100, cuDNN 9.13.0", now = "NVIDIA A100, cuDNN 9.19.0";
  std::string const text = rounding_warning(earlier, now);
  EXPECT_NE(text.find(earlier + " -> " + now), std::string::npos) << text;
  EXPECT_EQ(rounding_warning(now, now), "");
  EXPECT_EQ(rounding_warning("", now), "") << "written by an earlier version, or on a CPU";
  EXPECT_EQ(rounding_warning(earlier, ""), "");
}

}  // namespace
}  // namespace moneta
