// SPDX-License-Identifier: Apache-2.0
#include "backend/analytic_gpu.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
/// CUDA context, code and workspaces of cuDNN and cuBLAS.
constexpr std::size_t library_bytes = 600 * mib;

}  // namespace

std::size_t largest_gpu_batch(LstmShape const& shape) {
  constexpr std::size_t useful = 1024, indexable = std::numeric_limits<std::int32_t>::max();
  std::size_t const gates = shape.steps * 4 * shape.outputs();
  return std::max<std::size_t>(std::min(useful, indexable / gates), 1);
}

DeviceSpeed gpu_speed(std::size_t multiprocessors, double clock_hz, int major, int minor,
                      Precision precision) {
  // Dense multiply-add operations per multiprocessor and cycle with sums in float32, from NVIDIA's
  // architecture white papers (GA100, GA102, GH100).
  bool const is_consumer = major == 8 && minor != 0;
  double bf16 = major >= 9 ? 2048 : is_consumer ? 256 : 1024;
  double const products = precision == Precision::bf16   ? bf16
                          : precision == Precision::tf32 ? bf16 / 2
                          : major == 8 && minor == 0     ? 64
                                                         : 128;
  constexpr double reached = 0.5;
  return {static_cast<double>(multiprocessors) * clock_hz * products * reached, 15e-6};
}

std::string AnalyticGpu::description() const {
  return fmt::format("a GPU of {} that is not present (sizes computed analytically)",
                     mib_text(memory_bytes_));
}

DeviceSpeed AnalyticGpu::speed(Precision precision) const {
  return gpu_speed(80, 1.665e9, 8, 6, precision);
}

std::optional<DeviceMemoryUse> AnalyticGpu::memory_use() const {
  return DeviceMemoryUse{memory_bytes_, library_bytes};
}

LstmBytes AnalyticGpu::lstm_bytes(LstmShape const& shape) const {
  std::size_t const element = element_bytes(shape.precision);
  std::size_t const rows = shape.steps * shape.batch;
  std::size_t const weights =
      shape.directions * 4 * shape.hidden * (shape.inputs + shape.hidden + 1) * element;
  LstmBytes bytes;
  bytes.packed_weights = weights;
  bytes.workspace = shape.training ? rows * shape.outputs() * 5 * element : 0;
  // The gates of all steps, the gradient of the weights, and dx if the caller does not need it.
  bytes.scratch = rows * 4 * shape.outputs() * element;
  if (shape.training) bytes.scratch += weights;
  if (shape.training && !shape.input_gradient) bytes.scratch += rows * shape.inputs * element;
  return bytes;
}

}  // namespace moneta
