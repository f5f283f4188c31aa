// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <exception>
#include <future>
#include <thread>

#include "backend/backends.h"
#include "backend/gpu_all_reduce.h"
#include "base/error.h"
#include "support/expect_error.h"
#include "support/on_device.h"

namespace moneta {
namespace {

std::vector<float> small_integers(std::size_t count, float first) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<float>(i % 1000);
  return values;
}

/// The parts of an array that is summed at once.
std::vector<GradientPart> whole(std::size_t count) { return {{0, count}}; }

class CudaAllReduce : public testing::Test {
 protected:
  /// Why this test cannot run here; empty if it can.
  std::string missing(std::size_t gpus) const {
    GpuCount const here = count_gpus();
    if (here.count >= gpus) return "";
    return here.count == 0 ? fmt::format("no GPU: {}", here.why_none)
                           : fmt::format("needs {} GPUs", gpus);
  }
};

TEST_F(CudaAllReduce, LeavesTheArrayOfATeamOfOne) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  for (std::size_t const count : {1u, 1000u, 5'000'001u}) {
    auto const backend = make_cuda_backend(0);
    auto const sum = make_gpu_all_reduce(*backend, {make_gpu_team_id(), 1, 0}, whole(count));
    EXPECT_TRUE(sum->description().starts_with("NCCL 2.")) << sum->description();
    OnDevice<float> const array(*backend, small_integers(count, 1));
    for (int i = 0; i < 3; ++i) sum->sum(array.span());
    EXPECT_EQ(array.host(), small_integers(count, 1)) << count;
  }
}

TEST_F(CudaAllReduce, AddsTheMemoryOfNcclToMemoryUse) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  auto const backend = make_cuda_backend(0);
  // The memory that a new backend reports as taken.
  auto const taken = [] { return make_cuda_backend(0)->memory_use()->taken_bytes; };
  std::size_t const reported_before = backend->memory_use()->taken_bytes;
  std::size_t const measured_before = taken();
  auto const sum = make_gpu_all_reduce(*backend, {make_gpu_team_id(), 1, 0}, whole(1000));
  auto const reported = static_cast<double>(backend->memory_use()->taken_bytes - reported_before);
  EXPECT_NEAR(reported, static_cast<double>(taken()) - static_cast<double>(measured_before),
              8 << 20);
}

TEST_F(CudaAllReduce, RefusesAnotherSize) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  auto const backend = make_cuda_backend(0);
  auto const sum = make_gpu_all_reduce(*backend, {make_gpu_team_id(), 1, 0}, whole(10));
  OnDevice<float> const array(*backend, std::vector<float>(11));
  expect_error(ErrorKind::internal, "sum over a team got values of 11 elements",
               [&] { sum->sum(array.span()); });
}

TEST_F(CudaAllReduce, NamesTheCallThatFails) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  auto const backend = make_cuda_backend(0);
  expect_error(ErrorKind::device, "the GPU failed in ncclCommInitRankConfig (invalid argument",
               [&] {
                 make_gpu_all_reduce(*backend, {make_gpu_team_id(), 1, 1}, whole(10));
               });
}

TEST_F(CudaAllReduce, LeavesTheArrayOfATeamOfOneInParts) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  constexpr std::size_t count = 10'001;
  auto const backend = make_cuda_backend(0);
  auto const sum = make_gpu_all_reduce(*backend, {make_gpu_team_id(), 1, 0}, whole(count));
  OnDevice<float> const array(*backend, small_integers(count, 1));
  for (int i = 0; i < 3; ++i) {
    sum->begin(array.span(), 5000, 3000);
    sum->begin(array.span(), 100, 0);
    sum->begin(array.span(), 1000, 4000);
    sum->finish(array.span());
  }
  EXPECT_EQ(array.host(), small_integers(count, 1));
}

TEST_F(CudaAllReduce, RefusesAPartBeyondTheEnd) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  auto const backend = make_cuda_backend(0);
  auto const sum = make_gpu_all_reduce(*backend, {make_gpu_team_id(), 1, 0}, whole(10));
  OnDevice<float> const array(*backend, std::vector<float>(10));
  expect_error(ErrorKind::internal, "sum over a team of the elements 8 to 11 (there are 10)",
               [&] { sum->begin(array.span(), 8, 3); });
}

TEST_F(CudaAllReduce, DoesNotWaitForeverForAMissingMember) {
  if (auto const why = missing(1); !why.empty()) GTEST_SKIP() << why;
  auto const backend = make_cuda_backend(0);
  int calls = 0;
  expect_error(ErrorKind::device,
               "have not found each other within 0.5 s (10 floats, member 1 of 2)", [&] {
                 make_gpu_all_reduce(
                     *backend, {make_gpu_team_id(), 2, 0}, whole(10), [&] { ++calls; },
                     std::chrono::milliseconds(500));
               });
  EXPECT_GE(calls, 2) << "others must hear that this rank is alive";
}

TEST_F(CudaAllReduce, GivesTheSumOfTwoGpusToBoth) {
  if (auto const why = missing(2); !why.empty()) GTEST_SKIP() << why;
  constexpr std::size_t count = 5'000'001;
  GpuTeamId const id = make_gpu_team_id();
  std::vector<std::vector<float>> sums(2);
  std::vector<std::string> errors(2);
  auto const member = [&](std::size_t index) {
    try {
      auto const backend = make_cuda_backend(index);
      auto const sum = make_gpu_all_reduce(*backend, {id, 2, index}, whole(count));
      OnDevice<float> const array(*backend, small_integers(count, static_cast<float>(10 * index)));
      sum->begin(array.span(), 1'000'000, 3'000'000);
      sum->finish(array.span());
      sums[index] = array.host();
    } catch (std::exception const& error) {
      errors[index] = error.what();
    }
  };
  std::thread other(member, 1);
  member(0);
  other.join();
  EXPECT_EQ(errors, std::vector<std::string>(2));
  std::vector<float> expected = small_integers(count, 10);
  std::vector<float> const first = small_integers(count, 0);
  for (std::size_t i = 0; i < count; ++i) expected[i] += first[i];
  EXPECT_EQ(sums[0], expected);
  EXPECT_EQ(sums[1], expected);
}

/// A team of two whose other member joins and then begins nothing until the test ends.
class CudaTeamWithoutSecondMember : public CudaAllReduce {
 protected:
  void SetUp() override {
    if (auto const why = missing(2); !why.empty()) GTEST_SKIP() << why;
  }
  void start_other(std::vector<GradientPart> const& parts) {
    other_ = std::thread([this, parts] {
      try {
        auto const backend = make_cuda_backend(1);
        auto const sum = make_gpu_all_reduce(*backend, {id_, 2, 1}, parts);
        end_.get_future().wait();
      } catch (std::exception const&) {
        // The first member aborts its communicator, which may fail this one.
      }
    });
  }
  void TearDown() override {
    if (!other_.joinable()) return;
    end_.set_value();
    other_.join();
  }

  static constexpr std::size_t count = 1000;
  GpuTeamId id_ = count_gpus().count < 2 ? GpuTeamId{} : make_gpu_team_id();
  std::thread other_;
  std::promise<void> end_;
};

/// Memory could not be freed while the GPU waits for the other member.
TEST_F(CudaTeamWithoutSecondMember, CanBeAbandoned) {
  start_other(whole(count));
  auto const backend = make_cuda_backend(0);
  auto const sum = make_gpu_all_reduce(*backend, {id_, 2, 0}, whole(count));
  {
    OnDevice<float> const array(*backend, small_integers(count, 1));
    sum->begin(array.span(), 500, 500);
    sum->abandon();
    backend->synchronize();
    expect_error(ErrorKind::device, "the GPU failed in ncclAllReduce (invalid",
                 [&] { sum->sum(array.span()); });
  }
  backend->synchronize();
}

TEST_F(CudaTeamWithoutSecondMember, IsNotWaitedForAfterAnExceptionOfIdle) {
  start_other(whole(count));
  bool fails = false;
  auto const idle = [&fails] {
    if (fails) throw Error(ErrorKind::training, "the run has ended");
  };
  auto const backend = make_cuda_backend(0);
  auto const sum = make_gpu_all_reduce(*backend, {id_, 2, 0}, whole(count), idle);
  OnDevice<float> const array(*backend, small_integers(count, 1));
  sum->begin(array.span(), 500, 500);
  fails = true;
  expect_error(ErrorKind::training, "the run has ended", [&] { sum->finish(array.span()); });
}

TEST_F(CudaTeamWithoutSecondMember, EndsTheFirstSumsAtTheDeadline) {
  start_other({});
  auto const backend = make_cuda_backend(0);
  expect_error(ErrorKind::device, "their first sums within 3 s (1000 floats, member 1 of 2)", [&] {
    make_gpu_all_reduce(
        *backend, {id_, 2, 0}, whole(count), [] {}, std::chrono::seconds(3));
  });
}

TEST(GpuAllReduceErrors, RefusesACpuBackend) {
  auto const cpu = make_cpu_backend(1);
  bool const has_cuda = count_gpus().why_none != "this build has no CUDA";
  expect_error(
      has_cuda ? ErrorKind::internal : ErrorKind::device,
      has_cuda ? "NCCL cannot sum arrays of the backend CPU, 1 thread" : "this build has no CUDA",
      [&] { make_gpu_all_reduce(*cpu, {}, whole(10)); });
}

}  // namespace
}  // namespace moneta
