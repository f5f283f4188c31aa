// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "backend/functors.h"

namespace moneta::cuda {

/// Queues f(0) ... f(count - 1), one thread each; the CPU's twin is backend/cpu/for_each.h. Defined
/// for the functors of backend/functors.h and backend/weight_layout.h; kernels.cu lists them.
template <class F>
void for_each(std::size_t count, F const& f, cudaStream_t stream);

/// Numbers that `sum_of_squares` leaves to be added up.
inline constexpr std::size_t partial_sums = 1024;

/// partial [partial_sums] = sums of squares of slices of values, in double, always cut and added in
/// the same order. Queued.
void sum_of_squares(float const* values, std::size_t count, double* partial, cudaStream_t stream);

/// *sum += the loss of the counted windows, in double, always added in the same order. Queued.
void add_loss(LossTerm const& term, double* sum, cudaStream_t stream);

}  // namespace moneta::cuda
