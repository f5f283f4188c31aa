// SPDX-License-Identifier: Apache-2.0
#include "engine/select_device.h"

#include <algorithm>

#include "backend/cpu/make.h"
#include "backend/gpus.h"
#include "base/error.h"
#include "base/host.h"

namespace moneta {

std::optional<std::size_t> select_gpu(DeviceConfig const& device, NodeRank rank) {
  if (device.kind == DeviceKind::cpu) return {};
  GpuCount const gpus = count_gpus();
  MONETA_REQUIRE(gpus.count > 0 || device.kind == DeviceKind::automatic, device,
                 "device.kind is cuda, but there is no usable GPU ({}). Set device.kind=auto?",
                 gpus.why_none);
  if (gpus.count == 0) return {};
  return rank.rank % gpus.count;
}

std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodeRank rank) {
  if (auto const gpu = select_gpu(device, rank)) return make_cuda_backend(*gpu);
  std::size_t const cores = std::max<std::size_t>(usable_cores() / rank.ranks, 1);
  return make_cpu_backend(device.threads > 0 ? device.threads : cores);
}

Precision choose_precision(PrecisionChoice choice, DeviceFacts const& device) {
  switch (choice) {
    case PrecisionChoice::f32:
      return Precision::f32;
    case PrecisionChoice::tf32:
      MONETA_REQUIRE(
          device.multiplies_fast(Precision::tf32), config,
          "train.precision is tf32, which this device does not support ({}). Set train.precision=f32?",
          device.description());
      return Precision::tf32;
    case PrecisionChoice::bf16:
      MONETA_REQUIRE(
          device.memory_use() || device.supports(Precision::bf16), config,
          "train.precision is bf16, which requires a CPU with AVX-512 (this device: {}). Set train.precision=f32?",
          device.description());
      MONETA_REQUIRE(
          device.supports(Precision::bf16), config,
          "train.precision is bf16, which this GPU or its cuDNN does not support ({}; cuDNN 9.13 or newer is required). Set train.precision=f32?",
          device.description());
      return Precision::bf16;
    case PrecisionChoice::automatic:
      break;
  }
  return device.multiplies_fast(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

}  // namespace moneta
