// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace cuda_model {

/// Matrices of the model have rows of a multiple of so many floats, the last ones of which are 0.
inline constexpr std::size_t row_unit = 16;

/// An owned row-major matrix [rows, columns] of float32, initially 0.
class Matrix {
 public:
  Matrix(std::size_t rows, std::size_t columns)
      : stride_((columns + row_unit - 1) / row_unit * row_unit), values_(rows * stride_) {}

  float* row(std::size_t index) { return values_.data() + index * stride_; }
  float const* row(std::size_t index) const { return values_.data() + index * stride_; }
  /// Floats from one row to the next.
  std::size_t stride() const { return stride_; }
  void fill(float value) { values_.assign(values_.size(), value); }

 private:
  std::size_t stride_;
  std::vector<float> values_;
};

/// Element (i,j) of a matrix is data[i * row_stride + j * column_stride].
struct MatrixView {
  float const* data;
  std::size_t row_stride, column_stride;
};

/// to [rows, ...] += a [rows, inner] b [inner, ...], where `to` and `b` are rows of `stride` floats
/// (a multiple of row_unit). Each sum has the order of the inner index, so that results have the
/// same bits in every run.
void add_product(MatrixView a, std::size_t rows, std::size_t inner, float const* b,
                 std::size_t stride, float* to);

}  // namespace cuda_model
