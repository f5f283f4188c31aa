// SPDX-License-Identifier: Apache-2.0
// Tests of two problems that make the CPU slow but not wrong: denormals, and vectors that the
// compiler splits.
#include <gtest/gtest.h>
#include <omp.h>

#include <chrono>
#include <limits>
#include <vector>

#include "backend/cpu/for_each.h"
#include "backend/cpu/lstm_kernels.h"
#include "backend/cpu/threads.h"

namespace moneta::cpu {
namespace {

/// Half of the smallest normal number: a denormal, or 0 where denormals are flushed.
float half_of_smallest() {
  float volatile smallest = std::numeric_limits<float>::min();
  return smallest * 0.5f;
}

TEST(Denormals, AreFlushedOnlyInTheLoopsOfTheBackend) {
  ASSERT_GT(half_of_smallest(), 0.0f);
  for (std::size_t const blocks : {1, 64}) {
    std::vector<float> halves(blocks, 1.0f);
    for_each_block(3, blocks, [&](std::size_t block) { halves[block] = half_of_smallest(); });
    EXPECT_EQ(halves, std::vector<float>(blocks, 0.0f));
    EXPECT_GT(half_of_smallest(), 0.0f) << "the caller's mode was not restored";
  }
}

TEST(Denormals, AreFlushedInTheThreadsOfLibraries) {
  std::vector<float> halves(3, 1.0f);
  {
    ThreadCount const threads(halves.size());
#pragma omp parallel for schedule(static, 1)
    for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = half_of_smallest();
  }
  EXPECT_EQ(halves, std::vector<float>(halves.size(), 0.0f));
  EXPECT_GT(half_of_smallest(), 0.0f) << "the caller's mode was not restored";
}

/// The shortest duration of several products [96,512] = [96,256] [256,512].
double seconds_of(LstmKernels const& kernels) {
  std::size_t const rows = 96, depth = chunk_depth, columns = 512;
  std::vector<float> const a(rows * depth, 0.5f), panels(depth * columns, 0.25f);
  std::vector<float> c(rows * columns);
  double best = std::numeric_limits<double>::max();
  for (int run = 0; run < 30; ++run) {
    auto const start = std::chrono::steady_clock::now();
    kernels.multiply(
        {rows, columns, depth, a.data(), depth, panels.data(), c.data(), columns, false});
    std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  EXPECT_EQ(c.back(), 0.125f * static_cast<float>(depth));
  return best;
}

// If g++ does not know the instruction set of a kernel, it splits the vectors, and the wider
// kernels are ten times slower than the portable ones.
TEST(LstmKernels, AreFasterThanThePortableOnes) {
  auto const usable = usable_lstm_kernels();
  double const portable = seconds_of(*usable.front());
  for (std::size_t i = 1; i < usable.size(); ++i)
    EXPECT_LT(seconds_of(*usable[i]), portable) << usable[i]->name;
}

}  // namespace
}  // namespace moneta::cpu
