// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublasLt.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "cuda_model/matrix_product.h"

/// The products of cuBLASLt: what they consist of, which are supported, and their arithmetic.
namespace cuda_model {

struct LtOperation {
  cublasComputeType_t compute{};
  cudaDataType_t scale{};
  cublasOperation_t a = CUBLAS_OP_N, b = CUBLAS_OP_N;
};

struct LtLayout {
  cudaDataType_t type{};
  std::uint64_t rows = 0, columns = 0;
  std::int64_t leading = 0;  ///< elements from one column to the next
  std::int32_t count = 1;    ///< matrices of a batch
  std::int64_t stride = 0;   ///< elements from one matrix of the batch to the next
};

struct LtPreference {
  std::uint64_t work_bytes = 0;
  std::array<std::uint32_t, 4> alignments{256, 256, 256, 256};  ///< of A, B, C and D
};

/// D [m,n] = alpha op(A) [m,k] op(B) [k,n] + beta C [m,n].
struct Product {
  LtOperation operation;
  LtLayout a, b, c, d;

  std::uint64_t inner() const { return operation.a == CUBLAS_OP_N ? a.columns : a.rows; }
};

/// Whether the sizes and leading dimensions go together.
bool is_consistent(Product const& product);
/// Whether cuBLAS documents the types of the product, with sums in float32.
bool has_supported_types(Product const& product);
/// A number that is the same for equal descriptors only, as far as a digest can tell.
std::uint64_t fingerprint(Product const& product);

std::size_t element_bytes(LtLayout const& layout);
/// From the first to the last element of the batch.
std::size_t span_bytes(LtLayout const& layout);

/// Matrix `index` of a batch.
void const* matrix_at(LtLayout const& layout, void const* data, std::int32_t index);
void* matrix_at(LtLayout const& layout, void* data, std::int32_t index);

/// D of one matrix of a batch as rows [n,m]. C is not read if beta is 0, as it may contain NaN.
Matrix multiply(Product const& product, float alpha, void const* a, void const* b, float beta,
                void const* c);
/// Writes the elements of one D; what lies between its columns stays as it is.
void write_matrix(Matrix const& result, LtLayout const& layout, void* data);

}  // namespace cuda_model
