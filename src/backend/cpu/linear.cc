// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/linear.h"

#include <dnnl.h>

#include "backend/cpu/for_each.h"
#include "backend/cpu/sum_columns.h"
#include "backend/cpu/threads.h"
#include "backend/functors.h"
#include "base/error.h"

namespace moneta::cpu {
namespace {

/// c [M,N] = op(a) op(b) + beta c, row-major, with the leading dimensions in memory.
struct Gemm {
  char transpose_a, transpose_b;
  std::size_t m, n, k;
  float const* a;
  std::size_t lda;
  float const* b;
  std::size_t ldb;
  float beta;
  float* c;

  void run() const {
    auto const size = [](std::size_t value) { return static_cast<dnnl_dim_t>(value); };
    dnnl_status_t const status = dnnl_sgemm(transpose_a, transpose_b, size(m), size(n), size(k),
                                            1.0f, a, size(lda), b, size(ldb), beta, c, size(n));
    MONETA_REQUIRE(status == dnnl_success, device,
                   "oneDNN cannot multiply [{},{}] by [{},{}] (status {}). Out of memory?", m, k, k,
                   n, static_cast<int>(status));
  }
};

}  // namespace

void linear(std::size_t threads, LinearShape shape, float const* x, float const* w, float const* b,
            float* y) {
  ThreadCount const count(threads);
  auto const [batch, inputs, outputs] = shape;
  for_each(threads, batch * outputs, RowRepeater{b, outputs, y});
  Gemm{'N', 'T', batch, outputs, inputs, x, inputs, w, inputs, 1, y}.run();
}

void linear_backward(std::size_t threads, LinearShape shape, float const* x, float const* w,
                     float const* dy, float* dx, float* dw, float* db, InputGradient mode) {
  ThreadCount const count(threads);
  auto const [batch, inputs, outputs] = shape;
  float const beta = mode == InputGradient::add ? 1.0f : 0.0f;
  if (dx != nullptr) Gemm{'N', 'N', batch, inputs, outputs, dy, outputs, w, inputs, beta, dx}.run();
  Gemm{'T', 'N', outputs, inputs, batch, dy, outputs, x, inputs, 1, dw}.run();
  sum_columns(threads, ColumnSummer{dy, batch, outputs, db});
}

void multiply(std::size_t threads, BatchedProduct const& product, float const* a, float const* b,
              float* c) {
  auto const [transpose_a, transpose_b, count, m, n, k] = product;
  char const op_a = transpose_a ? 'T' : 'N', op_b = transpose_b ? 'T' : 'N';
  std::size_t const lda = transpose_a ? m : k, ldb = transpose_b ? k : n;
  for_each_block(threads, count, [&, m = m, n = n, k = k](std::size_t i) {
    Gemm{op_a, op_b, m, n, k, a + i * m * k, lda, b + i * k * n, ldb, 0, c + i * m * n}.run();
  });
}

}  // namespace moneta::cpu
