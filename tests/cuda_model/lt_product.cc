// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/lt_product.h"

#include <limits>
#include <vector>

#include "cuda_model/float_format.h"
#include "cuda_model/model.h"

namespace cuda_model {
namespace {

bool has_valid_layout(LtLayout const& layout) {
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  return layout.rows > 0 && layout.columns > 0 && layout.rows <= most && layout.columns <= most &&
         layout.leading >= static_cast<std::int64_t>(layout.rows) && layout.count > 0;
}

/// Whether the matrices of a batch lie one after the other; others may overlap.
bool is_strided(LtLayout const& layout) {
  return layout.count == 1 ||
         layout.stride >= layout.leading * static_cast<std::int64_t>(layout.columns);
}

bool is_operation(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T;
}

bool is_16_bit(cudaDataType_t type) { return type == CUDA_R_16BF || type == CUDA_R_16F; }

FloatFormat format_of(cudaDataType_t type) {
  return type == CUDA_R_32F    ? FloatFormat::f32
         : type == CUDA_R_16BF ? FloatFormat::bf16
                               : FloatFormat::f16;
}

/// Rows [columns of the layout, rows of the layout], or their transpose.
Matrix read_matrix(void const* data, LtLayout const& layout, bool is_transposed) {
  std::size_t const rows = layout.rows, columns = layout.columns;
  auto const leading = static_cast<std::size_t>(layout.leading);
  Matrix plain(columns, rows);
  for (std::size_t j = 0; j < columns; ++j)
    to_floats(format_of(layout.type),
              static_cast<std::byte const*>(data) + j * leading * element_bytes(layout), rows,
              plain.row(j));
  if (!is_transposed) return plain;
  Matrix transposed(rows, columns);
  for (std::size_t j = 0; j < columns; ++j)
    for (std::size_t i = 0; i < rows; ++i) transposed.row(i)[j] = plain.row(j)[i];
  return transposed;
}

}  // namespace

bool is_consistent(Product const& product) {
  auto const& [operation, a, b, c, d] = product;
  for (LtLayout const& layout : {a, b, c, d}) {
    if (!has_valid_layout(layout) || !is_strided(layout) || layout.count != d.count) return false;
  }
  if (!is_operation(operation.a) || !is_operation(operation.b)) return false;
  bool const plain_a = operation.a == CUBLAS_OP_N, plain_b = operation.b == CUBLAS_OP_N;
  return (plain_a ? a.rows : a.columns) == d.rows && (plain_b ? b.columns : b.rows) == d.columns &&
         (plain_b ? b.rows : b.columns) == product.inner() && c.rows == d.rows &&
         c.columns == d.columns && c.type == d.type;
}

bool has_supported_types(Product const& product) {
  if (product.operation.scale != CUDA_R_32F || product.a.type != product.b.type) return false;
  bool const keeps_type = product.d.type == product.a.type;
  return product.a.type == CUDA_R_32F
             ? keeps_type
             : is_16_bit(product.a.type) && (keeps_type || product.d.type == CUDA_R_32F);
}

std::size_t element_bytes(LtLayout const& layout) { return bytes_of(format_of(layout.type)); }

std::size_t span_bytes(LtLayout const& layout) {
  auto const leading = static_cast<std::size_t>(layout.leading);
  auto const before =
      static_cast<std::size_t>(layout.count - 1) * static_cast<std::size_t>(layout.stride);
  return (before + (layout.columns - 1) * leading + layout.rows) * element_bytes(layout);
}

void const* matrix_at(LtLayout const& layout, void const* data, std::int32_t index) {
  auto const offset = static_cast<std::size_t>(index) * static_cast<std::size_t>(layout.stride);
  return static_cast<std::byte const*>(data) + offset * element_bytes(layout);
}
void* matrix_at(LtLayout const& layout, void* data, std::int32_t index) {
  return const_cast<void*>(matrix_at(layout, static_cast<void const*>(data), index));
}

std::uint64_t fingerprint(Product const& product) {
  std::vector<std::uint64_t> numbers{static_cast<std::uint64_t>(product.operation.compute),
                                     static_cast<std::uint64_t>(product.operation.scale),
                                     static_cast<std::uint64_t>(product.operation.a),
                                     static_cast<std::uint64_t>(product.operation.b)};
  for (LtLayout const& layout : {product.a, product.b, product.c, product.d}) {
    numbers.insert(numbers.end(), {static_cast<std::uint64_t>(layout.type), layout.rows,
                                   layout.columns, static_cast<std::uint64_t>(layout.leading),
                                   static_cast<std::uint64_t>(layout.count),
                                   static_cast<std::uint64_t>(layout.stride)});
  }
  return digest(numbers.data(), numbers.size() * sizeof numbers[0]);
}

Matrix multiply(Product const& product, float alpha, void const* a, void const* b, float beta,
                void const* c) {
  // Row-major: op(B)^T [n,k] times op(A)^T [k,m].
  Matrix const first = read_matrix(a, product.a, product.operation.a != CUBLAS_OP_N);
  Matrix const second = read_matrix(b, product.b, product.operation.b != CUBLAS_OP_N);
  std::size_t const rows = product.d.columns, columns = product.d.rows;
  Matrix result(rows, columns);
  add_product({second.row(0), second.stride(), 1}, rows, product.inner(), first.row(0),
              first.stride(), result.row(0));
  for (std::size_t j = 0; j < rows; ++j)
    for (std::size_t i = 0; i < columns; ++i) result.row(j)[i] *= alpha;
  if (beta == 0) return result;
  Matrix const addend = read_matrix(c, product.c, false);
  for (std::size_t j = 0; j < rows; ++j)
    for (std::size_t i = 0; i < columns; ++i) result.row(j)[i] += beta * addend.row(j)[i];
  return result;
}

void write_matrix(Matrix const& result, LtLayout const& layout, void* data) {
  auto const leading = static_cast<std::size_t>(layout.leading);
  for (std::size_t j = 0; j < layout.columns; ++j)
    from_floats(format_of(layout.type), result.row(j), layout.rows,
                static_cast<std::byte*>(data) + j * leading * element_bytes(layout));
}

}  // namespace cuda_model
