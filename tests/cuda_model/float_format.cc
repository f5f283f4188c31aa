// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/float_format.h"

#include <cstring>

namespace cuda_model {

void to_floats(FloatFormat format, void const* from, std::size_t count, float* to) {
  auto const* const bits = static_cast<std::uint16_t const*>(from);
  switch (format) {
    case FloatFormat::f32:
      if (count > 0) std::memcpy(to, from, count * sizeof(float));
      return;
    case FloatFormat::bf16:
      for (std::size_t i = 0; i < count; ++i) to[i] = bf16_to_float(bits[i]);
      return;
    case FloatFormat::f16:
      for (std::size_t i = 0; i < count; ++i) to[i] = f16_to_float(bits[i]);
  }
}

void from_floats(FloatFormat format, float const* from, std::size_t count, void* to) {
  auto* const bits = static_cast<std::uint16_t*>(to);
  switch (format) {
    case FloatFormat::f32:
      if (count > 0) std::memcpy(to, from, count * sizeof(float));
      return;
    case FloatFormat::bf16:
      for (std::size_t i = 0; i < count; ++i) bits[i] = float_to_bf16(from[i]);
      return;
    case FloatFormat::f16:
      for (std::size_t i = 0; i < count; ++i) bits[i] = float_to_f16(from[i]);
  }
}

void round_floats(FloatFormat format, float* values, std::size_t count) {
  switch (format) {
    case FloatFormat::f32:
      return;
    case FloatFormat::bf16:
      for (std::size_t i = 0; i < count; ++i) values[i] = bf16_to_float(float_to_bf16(values[i]));
      return;
    case FloatFormat::f16:
      for (std::size_t i = 0; i < count; ++i) values[i] = f16_to_float(float_to_f16(values[i]));
  }
}

}  // namespace cuda_model
