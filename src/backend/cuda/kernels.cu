// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/check.h"
#include "backend/cuda/kernels.h"
#include "backend/weight_layout.h"

#include <cstdint>
#include <type_traits>

namespace moneta::cuda {
namespace {

constexpr unsigned block_threads = 256;

template <class F>
__global__ void for_each_kernel(std::size_t count, F f) {
  std::size_t const i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < count) f(i);
}

template <class F>
__global__ void for_each_row_kernel(std::uint32_t rows, std::uint32_t columns, F f) {
  std::uint32_t const number = blockIdx.x * blockDim.y + threadIdx.y;
  if (number >= rows) return;
  auto const row = f.row(number);
  for (std::uint32_t column = threadIdx.x; column < columns; column += blockDim.x) row(column);
}

/// The lanes of a warp, which share a row: lane l takes elements l, l + 32, ... Sums are those of
/// the lanes, added in pairs, so that every lane computes the same bits.
struct Warp {
  static constexpr unsigned width = 32;
  unsigned lane;

  template <class F>
  __device__ void each(std::size_t n, F const& f) const {
    for (std::size_t i = lane; i < n; i += width) f(i);
    __syncwarp();
  }
  template <class F>
  __device__ float sum(std::size_t n, F const& f) const {
    float value = 0;
    for (std::size_t i = lane; i < n; i += width) value += f(i);
    for (unsigned other = width / 2; other > 0; other /= 2) {
      value += __shfl_xor_sync(0xFFFFFFFFu, value, other);
    }
    return value;
  }
  template <class F>
  __device__ float largest(std::size_t n, F const& f) const {
    float value = f(0);
    for (std::size_t i = lane; i < n; i += width) value = fmaxf(value, f(i));
    for (unsigned other = width / 2; other > 0; other /= 2) {
      value = fmaxf(value, __shfl_xor_sync(0xFFFFFFFFu, value, other));
    }
    return value;
  }
};

template <class F>
__global__ void for_each_whole_row_kernel(std::size_t rows, F f) {
  std::size_t const row = std::size_t{blockIdx.x} * blockDim.y + threadIdx.y;
  if (row < rows) f(row, Warp{threadIdx.x});
}

/// Sums `value` over the threads of a block in a fixed order. Only thread 0 gets the sum.
__device__ double block_sum(double value) {
  __shared__ double sums[block_threads];
  sums[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = block_threads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  return sums[0];
}

__global__ void sum_of_squares_kernel(float const* values, std::size_t count, double* partial) {
  std::size_t const stride = std::size_t{gridDim.x} * blockDim.x;
  double sum = 0;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride) {
    sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

__global__ void add_loss_kernel(LossTerm term, double* total) {
  double sum = 0;
  for (std::size_t n = threadIdx.x; n < term.valid_count; n += blockDim.x) sum += term.value(n);
  sum = block_sum(sum);
  if (threadIdx.x == 0) *total += sum;
}

template <class Summer>
__global__ void sum_columns_kernel(Summer sum) {
  std::size_t const column = blockIdx.x;
  double partial = 0;
  for (std::size_t n = threadIdx.x; n < sum.batch; n += blockDim.x) partial += sum.value(n, column);
  partial = block_sum(partial);
  if (threadIdx.x == 0) sum.add(column, partial);
}

}  // namespace

template <class F>
void for_each(std::size_t count, F const& f, cudaStream_t stream) {
  static_assert(std::is_trivially_copyable_v<F>, "functors are copied to the device as bytes");
  if (count == 0) return;
  auto const blocks = static_cast<unsigned>((count + block_threads - 1) / block_threads);
  for_each_kernel<<<blocks, block_threads, 0, stream>>>(count, f);
  MONETA_CUDA(cudaGetLastError());
}

template <class F>
void for_each_row(std::uint32_t rows, std::uint32_t columns, F const& f, cudaStream_t stream) {
  static_assert(std::is_trivially_copyable_v<F>, "functors are copied to the device as bytes");
  if (rows == 0 || columns == 0) return;
  // Short rows share a block: its width is the smallest power of two that holds a row.
  unsigned width = 1;
  while (width < block_threads && width < columns) width *= 2;
  unsigned const height = block_threads / width;
  unsigned const blocks = rows / height + (rows % height == 0 ? 0 : 1);
  for_each_row_kernel<<<blocks, dim3(width, height), 0, stream>>>(rows, columns, f);
  MONETA_CUDA(cudaGetLastError());
}

template <class F>
void for_each_whole_row(std::size_t rows, F const& f, cudaStream_t stream) {
  static_assert(std::is_trivially_copyable_v<F>, "functors are copied to the device as bytes");
  if (rows == 0) return;
  unsigned const height = block_threads / Warp::width;
  auto const blocks = static_cast<unsigned>((rows + height - 1) / height);
  for_each_whole_row_kernel<<<blocks, dim3(Warp::width, height), 0, stream>>>(rows, f);
  MONETA_CUDA(cudaGetLastError());
}

template void for_each(std::size_t, WindowGatherer<float> const&, cudaStream_t);
template void for_each(std::size_t, WindowGatherer<Bf16> const&, cudaStream_t);
template void for_each(std::size_t, WindowGatherer<F16> const&, cudaStream_t);
template void for_each(std::size_t, Dropper<float> const&, cudaStream_t);
template void for_each(std::size_t, Dropper<Bf16> const&, cudaStream_t);
template void for_each(std::size_t, Dropper<F16> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, RowDropper<float> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, RowDropper<Bf16> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, RowDropper<F16> const&, cudaStream_t);
template void for_each(std::size_t, StateGatherer<float> const&, cudaStream_t);
template void for_each(std::size_t, StateGatherer<Bf16> const&, cudaStream_t);
template void for_each(std::size_t, StateGatherer<F16> const&, cudaStream_t);
template void for_each(std::size_t, StateScatterer<float> const&, cudaStream_t);
template void for_each(std::size_t, StateScatterer<Bf16> const&, cudaStream_t);
template void for_each(std::size_t, StateScatterer<F16> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, WeightPacker<float> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, WeightPacker<Bf16> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, WeightPacker<F16> const&, cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, WeightGradientAdder<float> const&,
                           cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, WeightGradientAdder<Bf16> const&,
                           cudaStream_t);
template void for_each_row(std::uint32_t, std::uint32_t, WeightGradientAdder<F16> const&,
                           cudaStream_t);
template void for_each(std::size_t, SequenceReader<float> const&, cudaStream_t);
template void for_each(std::size_t, SequenceReader<Bf16> const&, cudaStream_t);
template void for_each(std::size_t, SequenceReader<F16> const&, cudaStream_t);
template void for_each(std::size_t, SequenceWriter<float> const&, cudaStream_t);
template void for_each(std::size_t, SequenceWriter<Bf16> const&, cudaStream_t);
template void for_each(std::size_t, SequenceWriter<F16> const&, cudaStream_t);
template void for_each(std::size_t, HeadSplitter const&, cudaStream_t);
template void for_each(std::size_t, HeadMerger const&, cudaStream_t);
template void for_each(std::size_t, Adder const&, cudaStream_t);
template void for_each(std::size_t, TimeMean const&, cudaStream_t);
template void for_each(std::size_t, TimeMeanGradient const&, cudaStream_t);
template void for_each_whole_row(std::size_t, LayerNormalizer const&, cudaStream_t);
template void for_each_whole_row(std::size_t, LayerNormGradient const&, cudaStream_t);
template void for_each_whole_row(std::size_t, SoftmaxRow const&, cudaStream_t);
template void for_each_whole_row(std::size_t, SoftmaxGradient const&, cudaStream_t);
template void for_each(std::size_t, Rectifier const&, cudaStream_t);
template void for_each(std::size_t, RectifierGradient const&, cudaStream_t);
template void for_each(std::size_t, RowRepeater const&, cudaStream_t);
template void for_each(std::size_t, LossTerm const&, cudaStream_t);
template void for_each(std::size_t, AdamwUpdater const&, cudaStream_t);

void sum_of_squares(float const* values, std::size_t count, double* partial, cudaStream_t stream) {
  sum_of_squares_kernel<<<partial_sums, block_threads, 0, stream>>>(values, count, partial);
  MONETA_CUDA(cudaGetLastError());
}

template <class Summer>
void sum_columns(Summer const& sum, cudaStream_t stream) {
  if (sum.outputs == 0) return;
  sum_columns_kernel<<<static_cast<unsigned>(sum.outputs), block_threads, 0, stream>>>(sum);
  MONETA_CUDA(cudaGetLastError());
}

template void sum_columns(ColumnSummer const&, cudaStream_t);
template void sum_columns(NormWeightSummer const&, cudaStream_t);

void add_loss(LossTerm const& term, double* sum, cudaStream_t stream) {
  add_loss_kernel<<<1, block_threads, 0, stream>>>(term, sum);
  MONETA_CUDA(cudaGetLastError());
}

}  // namespace moneta::cuda
