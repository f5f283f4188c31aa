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

/// Elements that a step of a training layer keeps of each unit: four gates and a cell state.
constexpr std::size_t kept_per_unit = 5;

/// Dense multiply-add operations per multiprocessor and cycle, with sums in float32.
struct ProductRates {
  double half;    ///< bf16 and fp16; tf32 has half of it
  double single;  ///< f32, without matrix units
};

/// From NVIDIA's white papers on GA100, GA102, AD102, GH100 and GB202: the dense rate of the data
/// sheet / 2 / multiprocessors / boost clock. GB202 (GeForce RTX 5090): 209.5e12 / 2 / 170
/// / 2.41e9. Blackwell data center GPUs (B200, data sheet of HGX B200): 2.25e15 / 2 / 148 / 1.85e9.
ProductRates product_rates(int major, int minor) {
  if (major >= 12) return {256, 128};
  if (major >= 10) return {4096, 128};
  if (major == 9) return {2048, 128};
  return minor == 0 ? ProductRates{1024, 64} : ProductRates{256, 128};
}

/// Elements of cuDNN's work space: what cudnnGetRNNTempSpaceSizes of cuDNN 9.19 computes for
/// CUDNN_RNN_ALGO_STANDARD, up to 448 bytes.
std::size_t work_elements(LstmShape const& shape) {
  std::size_t const rows = shape.steps * shape.batch, state = shape.batch * shape.hidden;
  std::size_t const inputs = shape.inputs, hidden = shape.hidden;
  std::size_t elements = 0;
  if (shape.directions == 1) {
    elements = rows * (inputs + 5 * hidden) + 10 * state;
    if (shape.training) {
      elements = std::max({elements, rows * (2 * inputs + 4 * hidden) + 11 * state,
                           rows * 3 * (inputs + hidden) + 11 * state});
    }
  } else {
    elements = rows * (inputs + 14 * hidden) + 24 * state;
    if (shape.training) elements = std::max(elements, rows * 6 * (inputs + hidden) + 26 * state);
  }
  return elements + shape.directions * 4 * hidden * (inputs + hidden);
}

}  // namespace

std::size_t largest_gpu_batch(LstmShape const& shape) {
  constexpr std::size_t useful = 1024, indexable = std::numeric_limits<std::int32_t>::max();
  std::size_t const elements = shape.steps * 4 * shape.outputs();
  return std::max<std::size_t>(std::min(useful, indexable / elements), 1);
}

DeviceSpeed gpu_speed(std::size_t multiprocessors, double clock_hz, int major, int minor,
                      Precision precision) {
  ProductRates const rates = product_rates(major, minor);
  double const products = precision == Precision::f32    ? rates.single
                          : precision == Precision::tf32 ? rates.half / 2
                                                         : rates.half;
  constexpr double usual_clock_hz = 1.5e9, reached = 0.5;
  double const clock = clock_hz > 0 ? clock_hz : usual_clock_hz;
  DeviceSpeed speed;
  speed.products_per_s = static_cast<double>(multiprocessors) * clock * products * reached;
  speed.step_s = 15e-6;
  return speed;
}

std::string AnalyticGpu::description() const {
  return fmt::format("a GPU of {} that is not present (sizes computed analytically)",
                     mib_text(memory_bytes_));
}

DeviceSpeed AnalyticGpu::speed(Precision precision) const {
  DeviceSpeed speed = gpu_speed(80, 1.665e9, 8, 6, precision);
  speed.bytes_per_s = 912e9;
  speed.cache_bytes = 6 * mib;
  return speed;
}

std::optional<DeviceMemoryUse> AnalyticGpu::memory_use() const {
  return DeviceMemoryUse{memory_bytes_, library_bytes};
}

LstmBytes AnalyticGpu::lstm_bytes(LstmShape const& shape) const {
  std::size_t const element = element_bytes(shape.precision);
  std::size_t const weights =
      shape.directions * 4 * shape.hidden * (shape.inputs + shape.hidden + 1) * element;
  std::size_t const work = work_elements(shape) * element + shape.directions * 8 * mib;
  LstmBytes bytes;
  bytes.packed_weights = weights;
  bytes.scratch = work;
  if (!shape.training) return bytes;
  std::size_t const rows = shape.steps * shape.batch;
  bytes.workspace = rows * shape.outputs() * kept_per_unit * element;
  // The gradient of the weights, and dx if the caller does not need it.
  bytes.scratch += weights;
  if (shape.overlap_weight_gradients) bytes.scratch += work;
  if (!shape.input_gradient) bytes.scratch += rows * shape.inputs * element;
  return bytes;
}

}  // namespace moneta
