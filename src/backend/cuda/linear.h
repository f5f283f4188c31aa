// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "backend/cuda/handles.h"

namespace moneta::cuda {

/// Size of the workspace of `multiply`.
inline constexpr std::size_t product_workspace_bytes = std::size_t{8} << 20;

/// A product of row-major float32 matrices: c [M,N] = op(a) op(b) + beta c, where op(a) is [M,K]
/// and op(b) is [K,N], each stored transposed if its flag is set; or `count` such products of
/// matrices that follow each other in memory. Sums in float32, without TF32: the head is a small
/// part of the work, and its rounding affects the prediction directly.
struct Product {
  bool transpose_a = false, transpose_b = false;
  std::size_t m = 0, n = 0, k = 0;
  float const* a = nullptr;
  float const* b = nullptr;
  float beta = 0;
  float* c = nullptr;
  std::size_t count = 1;
};

/// Products on one handle. Keeps cuBLAS's descriptors and its choice of an algorithm for every kind
/// of product, so that the host does this work once.
class Products {
 public:
  Products();
  ~Products();
  /// Queues the product. `workspace` has product_workspace_bytes bytes. Throws Error (device).
  void multiply(Product const& product, void* workspace, cudaStream_t stream);

 private:
  struct Plans;

  CublasLt handle_;
  std::unique_ptr<Plans> plans_;
};

}  // namespace moneta::cuda
