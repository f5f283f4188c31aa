// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/dropout.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "backend/cpu/for_each.h"

namespace moneta::cpu {
namespace {

constexpr std::size_t group_numbers = 8;  // 16-bit numbers from one philox call
constexpr std::size_t lanes = 8;          // philox calls that are vectorized together
constexpr std::size_t chunk_groups = 32;
constexpr std::size_t chunk_numbers = chunk_groups * group_numbers;

/// Writes at least `groups` groups of random numbers of a sample, from group `first` on.
inline void draw(std::uint64_t key, std::uint64_t sample, std::uint64_t first, std::size_t groups,
                 std::uint16_t* numbers) {
  for (std::size_t start = 0; start < groups; start += lanes) {
    std::uint32_t words[lanes][4];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      PhiloxWords const drawn = philox(key, sample, first + start + lane);
      for (std::size_t j = 0; j < 4; ++j) words[lane][j] = drawn.word[j];
    }
    std::memcpy(numbers + start * group_numbers, words, sizeof words);
  }
}

/// Dropout of `count` consecutive elements of one sample, from random number `first` on.
template <class Element>
inline void drop_numbers(DropoutMask mask, std::uint64_t sample, std::size_t first,
                         std::size_t count, Element const* in, Element* out) {
  alignas(64) std::uint16_t numbers[chunk_numbers];
  for (std::size_t done = 0; done < count;) {
    std::size_t const skipped = (first + done) % group_numbers;
    std::size_t const drawn = std::min(count - done, chunk_numbers - skipped);
    std::size_t const groups = (skipped + drawn + group_numbers - 1) / group_numbers;
    draw(mask.key, sample, (first + done) / group_numbers, groups, numbers);
    std::uint16_t const* const random = numbers + skipped;
#pragma omp simd
    for (std::size_t i = 0; i < drawn; ++i)
      out[done + i] = from_float<Element>(mask.apply(to_float(in[done + i]), random[i]));
    done += drawn;
  }
}

MONETA_CLONES void drop_row(DropoutMask mask, std::uint64_t sample, std::size_t first,
                            std::size_t count, float const* in, float* out) {
  drop_numbers(mask, sample, first, count, in, out);
}

MONETA_CLONES void drop_row(DropoutMask mask, std::uint64_t sample, std::size_t first,
                            std::size_t count, Bf16 const* in, Bf16* out) {
  drop_numbers(mask, sample, first, count, in, out);
}

MONETA_CLONES void drop_row(DropoutMask mask, std::uint64_t sample, std::size_t first,
                            std::size_t count, F16 const* in, F16* out) {
  drop_numbers(mask, sample, first, count, in, out);
}

template <class Element>
void drop_all(std::size_t threads, Dropper<Element> const& dropper) {
  std::size_t const columns = dropper.columns;
  for_each_block(threads, dropper.steps * dropper.batch, [&](std::size_t row) {
    std::size_t const t = row / dropper.batch;
    std::size_t const n = row % dropper.batch;
    drop_row(dropper.mask, dropper.samples[n], t * columns, columns, dropper.in + row * columns,
             dropper.out + row * columns);
  });
}

}  // namespace

void drop(std::size_t threads, Dropper<float> const& dropper) { drop_all(threads, dropper); }
void drop(std::size_t threads, Dropper<Bf16> const& dropper) { drop_all(threads, dropper); }
void drop(std::size_t threads, Dropper<F16> const& dropper) { drop_all(threads, dropper); }

}  // namespace moneta::cpu
