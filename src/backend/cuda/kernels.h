// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "backend/functors.h"
#include "backend/row_functors.h"
#include "backend/sequence_functors.h"

namespace moneta::cuda {

/// Queues f(0) ... f(count - 1), one thread each; backend/cpu/for_each.h does the same on the CPU.
/// Instantiated in kernels.cu for the functors of backend/functors.h and backend/weight_layout.h.
template <class F>
void for_each(std::size_t count, F const& f, cudaStream_t stream);

/// Queues f.row(r)(c) for r < rows and c < columns. The threads of a block share rows, so a row
/// finds its place once for all of its columns that a thread computes. Instantiated in kernels.cu.
template <class F>
void for_each_row(std::uint32_t rows, std::uint32_t columns, F const& f, cudaStream_t stream);

/// Queues f(row, lanes) for all rows, a warp for each; see backend/row_functors.h. Instantiated in
/// kernels.cu.
template <class F>
void for_each_whole_row(std::size_t rows, F const& f, cudaStream_t stream);

/// How many partial sums `sum_of_squares` computes.
inline constexpr std::size_t partial_sums = 1024;

/// partial [partial_sums] = sums of squares of parts of `values`, in double and in a fixed order.
/// Queued.
void sum_of_squares(float const* values, std::size_t count, double* partial, cudaStream_t stream);

/// Adds the sum of every column to its element of sum.sums, with one block of threads per column.
/// Queued. Instantiated in kernels.cu for ColumnSummer and NormWeightSummer.
template <class Summer>
void sum_columns(Summer const& sum, cudaStream_t stream);

/// Adds the loss of the valid windows to *sum, in double and in a fixed order. Queued.
void add_loss(LossTerm const& term, double* sum, cudaStream_t stream);

}  // namespace moneta::cuda
