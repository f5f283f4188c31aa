// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/linear.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <utility>

#include "base/error.h"

namespace moneta::cuda {
namespace {

using MatmulDescriptor = Handle<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using MatrixLayout = Handle<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using MatmulPreference = Handle<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

/// `count` row-major matrices [rows, columns], one after the other; the column-major cuBLAS sees
/// their transposes.
MatrixLayout layout(std::size_t count, std::size_t rows, std::size_t columns) {
  cublasLtMatrixLayout_t made = nullptr;
  MONETA_CUDA(cublasLtMatrixLayoutCreate(&made, CUDA_R_32F, columns, rows,
                                         static_cast<std::int64_t>(columns)));
  MatrixLayout owner(made);
  if (count == 1) return owner;
  auto const set = [&](cublasLtMatrixLayoutAttribute_t attribute, auto value) {
    MONETA_CUDA(cublasLtMatrixLayoutSetAttribute(made, attribute, &value, sizeof value));
  };
  set(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, static_cast<std::int32_t>(count));
  set(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, static_cast<std::int64_t>(rows * columns));
  return owner;
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

MatmulPreference make_preference(std::array<std::uint32_t, 3> const& alignments) {
  cublasLtMatmulPreference_t made = nullptr;
  MONETA_CUDA(cublasLtMatmulPreferenceCreate(&made));
  MatmulPreference owner(made);
  auto const set = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    MONETA_CUDA(cublasLtMatmulPreferenceSetAttribute(made, attribute, &value, sizeof value));
  };
  auto const [a, b, c] = alignments;
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, product_workspace_bytes);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, b);  // cuBLAS's first matrix is our second
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, a);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, c);
  set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, c);
  return owner;
}

/// The largest power of two, up to 256, that divides the address: slices of the parameter array
/// have any alignment.
std::uint32_t alignment_of(float const* at) {
  auto const address = reinterpret_cast<std::uintptr_t>(at);
  return static_cast<std::uint32_t>(std::min<std::uintptr_t>(address & (~address + 1), 256));
}

std::string sizes_of(Product const& p) {
  return fmt::format("[{},{}] by [{},{}]", p.m, p.k, p.k, p.n);
}

/// All that cuBLAS's choice depends on.
struct Key {
  explicit Key(Product const& p)
      : sizes{p.m, p.n, p.k, p.count},
        transposes{p.transpose_a, p.transpose_b},
        alignments{alignment_of(p.a), alignment_of(p.b), alignment_of(p.c)} {}
  // NOLINTNEXTLINE(modernize-use-nullptr): a false positive of clang-tidy 14
  auto operator<=>(Key const&) const = default;

  std::array<std::size_t, 4> sizes;
  std::array<bool, 2> transposes;
  std::array<std::uint32_t, 3> alignments;
};

/// In column-major terms, a row-major product is c^T = op(b)^T op(a)^T, and b in memory is b^T.
struct Plan {
  explicit Plan(Product const& p)
      : operation(descriptor(p.transpose_b, p.transpose_a)),
        first(p.transpose_b ? layout(p.count, p.n, p.k) : layout(p.count, p.k, p.n)),
        second(p.transpose_a ? layout(p.count, p.k, p.m) : layout(p.count, p.m, p.k)),
        result(layout(p.count, p.m, p.n)) {}

  MatmulDescriptor operation;
  MatrixLayout first, second, result;
  cublasLtMatmulAlgo_t algorithm{};
};

/// Asks cuBLAS for its algorithm.
Plan make_plan(cublasLtHandle_t handle, Product const& p, Key const& key) {
  Plan plan(p);
  MatmulPreference const preference = make_preference(key.alignments);
  std::string const sizes = sizes_of(p);
  cublasLtMatmulHeuristicResult_t best{};
  int found = 0;
  MONETA_CUDA(
      cublasLtMatmulAlgoGetHeuristic(handle, plan.operation, plan.first, plan.second, plan.result,
                                     plan.result, preference, 1, &best, &found),
      sizes);
  MONETA_REQUIRE(found > 0, device,
                 "cuBLAS has no algorithm to multiply {}. Update CUDA, or set device.kind=cpu?",
                 sizes);
  check(best.state, "cublasLtMatmulAlgoGetHeuristic", sizes);
  plan.algorithm = best.algo;
  return plan;
}

}  // namespace

struct Products::Plans {
  std::map<Key, Plan> known;
};

Products::Products() : handle_(make_cublas_lt()), plans_(std::make_unique<Plans>()) {}
Products::~Products() = default;

void Products::multiply(Product const& p, void* workspace, cudaStream_t stream) {
  Key const key(p);
  auto found = plans_->known.find(key);
  if (found == plans_->known.end()) {
    found = plans_->known.emplace(key, make_plan(handle_, p, key)).first;
  }
  Plan const& plan = found->second;
  float const alpha = 1;
  MONETA_CUDA(cublasLtMatmul(handle_, plan.operation, &alpha, p.b, plan.first, p.a, plan.second,
                             &p.beta, p.c, plan.result, p.c, plan.result, &plan.algorithm,
                             workspace, product_workspace_bytes, stream),
              sizes_of(p));
}

}  // namespace moneta::cuda
