// SPDX-License-Identifier: Apache-2.0
#include "optim/moment_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <tuple>
#include <vector>

#include "../backend/backends.h"
#include "base/error.h"
#include "optim/optimizer.h"
#include "support/on_device.h"

namespace moneta {
namespace {

std::vector<float> numbers(std::size_t size, float scale, std::uint32_t seed) {
  std::vector<float> values(size);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = scale * (static_cast<float>(seed >> 8) / 16777216.0f - 0.5f);
  }
  return values;
}

std::vector<float> copy_of(DeviceMemory& memory) {
  std::vector<float> values(memory.bytes() / sizeof(float));
  std::memcpy(values.data(), memory.data(), memory.bytes());
  return values;
}

using Case = std::tuple<NamedBackend, std::size_t>;

class MomentStreamSizes : public testing::TestWithParam<Case> {};

TEST_P(MomentStreamSizes, UpdateEqualsThatOfWholeArrays) {
  auto const backend = std::get<0>(GetParam()).make();
  std::size_t const size = std::get<1>(GetParam());
  std::vector<float> const zeros(size);
  OnDevice<float> const params(*backend, numbers(size, 1, 1)), m(*backend, zeros),
      v(*backend, zeros), streamed(*backend, numbers(size, 1, 1));
  auto const host_m = backend->allocate_on_host(size * sizeof(float));
  auto const host_v = backend->allocate_on_host(size * sizeof(float));
  std::memset(host_m->data(), 0, host_m->bytes());
  std::memset(host_v->data(), 0, host_v->bytes());
  MomentStream stream(*backend, size);
  EXPECT_LE(MomentStream::bytes(size), std::size_t{64} << 20);
  for (std::uint32_t step = 1; step <= 3; ++step) {
    OnDevice<float> const gradients(*backend, numbers(size, 2, 10 + step));
    PlannedUpdate const update =
        plan_update(*backend, OptimizerConfig{}, 0.01, step, gradients.span());
    ASSERT_TRUE(update.result.applied);
    backend->adamw(update.adamw, params.span(), m.span(), v.span(), gradients.span());
    stream.update(update.adamw, streamed.span(), *host_m, *host_v, gradients.span());
  }
  stream.wait();
  EXPECT_EQ(streamed.host(), params.host());
  EXPECT_EQ(copy_of(*host_m), m.host());
  EXPECT_EQ(copy_of(*host_v), v.host());
}

// Below, at, and above the size of a chunk (4 Mi floats), and several chunks.
INSTANTIATE_TEST_SUITE_P(Table, MomentStreamSizes,
                         testing::Combine(testing::ValuesIn(backends_under_test()),
                                          testing::Values(1, 37, 4 << 20, (4 << 20) + 1,
                                                          (12 << 20) + 5)),
                         [](auto const& each) {
                           return fmt::format("{}_{}", std::get<0>(each.param).name,
                                              std::get<1>(each.param));
                         });

TEST(MomentStreamErrors, RefusesArraysOfAnotherSize) {
  auto const backend = make_cpu_backend(1);
  std::vector<float> params(8);
  auto const memory = backend->allocate_on_host(8 * sizeof(float));
  auto const shorter = backend->allocate_on_host(7 * sizeof(float));
  MomentStream stream(*backend, 8);
  DeviceSpan<float> const view(params.data(), 8);
  EXPECT_THROW(stream.update({}, view, *shorter, *memory, view), Error);
  EXPECT_THROW(stream.update({}, view, *memory, *shorter, view), Error);
  EXPECT_THROW(stream.update({}, view, *memory, *memory, view.subspan(0, 7)), Error);
}

}  // namespace
}  // namespace moneta
