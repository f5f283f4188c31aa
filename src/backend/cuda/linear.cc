// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/linear.h"

#include <algorithm>
#include <cstdint>

#include "base/error.h"

namespace moneta::cuda {
namespace {

using MatmulDescriptor = Handle<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using MatrixLayout = Handle<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using MatmulPreference = Handle<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

/// A row-major matrix [rows, columns]; the column-major cuBLAS sees its transpose.
MatrixLayout layout(std::size_t rows, std::size_t columns) {
  cublasLtMatrixLayout_t made = nullptr;
  MONETA_CUDA(cublasLtMatrixLayoutCreate(&made, CUDA_R_32F, columns, rows,
                                         static_cast<std::int64_t>(columns)));
  return MatrixLayout(made);
}

MatmulDescriptor descriptor(bool transpose_first, bool transpose_second) {
  cublasLtMatmulDesc_t made = nullptr;
  MONETA_CUDA(cublasLtMatmulDescCreate(&made, CUBLAS_COMPUTE_32F, CUDA_R_32F));
  MatmulDescriptor owner(made);
  auto const set = [&](cublasLtMatmulDescAttributes_t attribute, bool transpose) {
    cublasOperation_t const operation = transpose ? CUBLAS_OP_T : CUBLAS_OP_N;
    MONETA_CUDA(cublasLtMatmulDescSetAttribute(made, attribute, &operation, sizeof operation));
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, transpose_first);
  set(CUBLASLT_MATMUL_DESC_TRANSB, transpose_second);
  return owner;
}

}  // namespace

void multiply(cublasLtHandle_t handle, Product const& p, void* workspace, cudaStream_t stream) {
  // In column-major terms, a row-major product is c^T = op(b)^T op(a)^T, and b in memory is b^T.
  MatmulDescriptor const operation = descriptor(p.transpose_b, p.transpose_a);
  MatrixLayout const first = p.transpose_b ? layout(p.n, p.k) : layout(p.k, p.n);
  MatrixLayout const second = p.transpose_a ? layout(p.k, p.m) : layout(p.m, p.k);
  MatrixLayout const result = layout(p.m, p.n);
  cublasLtMatmulPreference_t made = nullptr;
  MONETA_CUDA(cublasLtMatmulPreferenceCreate(&made));
  MatmulPreference const preference(made);
  std::size_t const bytes = product_workspace_bytes;
  MONETA_CUDA(cublasLtMatmulPreferenceSetAttribute(
      preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes, sizeof bytes));
  // Slices of the parameter array have any alignment.
  auto const align = [&](cublasLtMatmulPreferenceAttributes_t attribute, float const* at) {
    auto const address = reinterpret_cast<std::uintptr_t>(at);
    auto const alignment =
        static_cast<std::uint32_t>(std::min<std::uintptr_t>(address & (~address + 1), 256));
    MONETA_CUDA(
        cublasLtMatmulPreferenceSetAttribute(preference, attribute, &alignment, sizeof alignment));
  };
  align(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, p.b);
  align(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, p.a);
  align(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, p.c);
  align(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, p.c);
  std::string const sizes = fmt::format("[{},{}] by [{},{}]", p.m, p.k, p.k, p.n);
  cublasLtMatmulHeuristicResult_t best{};
  int found = 0;
  MONETA_CUDA(cublasLtMatmulAlgoGetHeuristic(handle, operation, first, second, result, result,
                                             preference, 1, &best, &found),
              sizes);
  MONETA_REQUIRE(found > 0, device, "cuBLAS has no algorithm to multiply {}", sizes);
  float const alpha = 1;
  MONETA_CUDA(cublasLtMatmul(handle, operation, &alpha, p.b, first, p.a, second, &p.beta, p.c,
                             result, p.c, result, &best.algo, workspace, bytes, stream),
              sizes);
}

}  // namespace moneta::cuda
