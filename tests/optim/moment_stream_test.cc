// SPDX-License-Identifier: Apache-2.0
#include "optim/moment_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "optim/optimizer.h"

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

class MomentStreamSizes : public testing::TestWithParam<std::size_t> {};

TEST_P(MomentStreamSizes, UpdatesLikeTheWholeArrays) {
  std::size_t const size = GetParam();
  auto const backend = make_cpu_backend(2);
  std::vector<float> params = numbers(size, 1, 1), m(size), v(size), streamed_params = params;
  auto const host_m = backend->allocate_on_host(size * sizeof(float));
  auto const host_v = backend->allocate_on_host(size * sizeof(float));
  std::memset(host_m->data(), 0, host_m->bytes());
  std::memset(host_v->data(), 0, host_v->bytes());
  MomentStream stream(*backend, size);
  EXPECT_LE(MomentStream::bytes(size), std::size_t{64} << 20);
  for (std::uint32_t step = 1; step <= 3; ++step) {
    std::vector<float> gradients = numbers(size, 2, 10 + step);
    DeviceSpan<float const> const view(gradients.data(), size);
    PlannedUpdate const update = plan_update(*backend, OptimizerConfig{}, 0.01, step, view);
    ASSERT_TRUE(update.result.applied);
    backend->adamw(update.adamw, {params.data(), size}, {m.data(), size}, {v.data(), size}, view);
    stream.update(update.adamw, {streamed_params.data(), size}, *host_m, *host_v, view);
  }
  stream.wait();
  EXPECT_EQ(streamed_params, params);
  EXPECT_EQ(copy_of(*host_m), m);
  EXPECT_EQ(copy_of(*host_v), v);
}

// Below, at, and above the length of a piece (4 Mi floats), and several of them.
INSTANTIATE_TEST_SUITE_P(Table, MomentStreamSizes,
                         testing::Values(1, 37, 4 << 20, (4 << 20) + 1, (12 << 20) + 5));

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
