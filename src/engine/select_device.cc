// SPDX-License-Identifier: Apache-2.0
#include "engine/select_device.h"

#include <algorithm>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "base/host.h"
#include "base/text.h"

namespace moneta {

namespace {

/// The precision that a choice other than `automatic` names.
Precision requested_precision(PrecisionChoice choice) {
  switch (choice) {
    case PrecisionChoice::tf32:
      return Precision::tf32;
    case PrecisionChoice::bf16:
      return Precision::bf16;
    case PrecisionChoice::fp16:
      return Precision::fp16;
    case PrecisionChoice::f32:
    case PrecisionChoice::automatic:
      break;
  }
  return Precision::f32;
}

}  // namespace

OpenedBackend open_backend(DeviceConfig const& device, NodeRank rank, NodeGpus const& gpus) {
  OpenedBackend opened;
  MONETA_REQUIRE(gpus.count.count > 0 || device.kind != DeviceKind::cuda, device,
                 "device.kind is cuda, but there is no usable GPU ({}). Set device.kind=auto?",
                 gpus.count.why_none);
  if (device.kind != DeviceKind::cpu) {
    opened.notes = gpus.count.unusable;
    if (gpus.count.count > 0) {
      std::size_t const number = rank.rank % gpus.count.count;
      opened.backend = gpus.open(number);
      opened.gpu = gpus.identity(number);
      return opened;
    }
    opened.notes = {gpus.count.why_none};
  }
  std::size_t const cores = std::max<std::size_t>(usable_cores() / rank.ranks, 1);
  opened.backend = make_cpu_backend(device.threads > 0 ? device.threads : cores);
  return opened;
}

OpenedBackend open_own_device(DeviceConfig const& device, NodeRank rank) {
  // The driver is not even asked for the number of GPUs if the CPU is to be used.
  return open_backend(device, rank, {device.kind == DeviceKind::cpu ? GpuCount{} : count_gpus()});
}

std::unique_ptr<Backend> make_backend(DeviceConfig const& device, NodeRank rank) {
  return open_own_device(device, rank).backend;
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
          "train.precision is bf16, which this GPU or its cuDNN does not support ({}; cuDNN 9.13 or newer is required). Set train.precision=fp16 or train.precision=f32?",
          device.description());
      return Precision::bf16;
    case PrecisionChoice::fp16:
      MONETA_REQUIRE(
          device.supports(Precision::fp16), config,
          "train.precision is fp16, in which only GPUs compute LSTM layers (this device: {}). Set train.precision=bf16 or train.precision=f32?",
          device.description());
      return Precision::fp16;
    case PrecisionChoice::automatic:
      break;
  }
  // Never fp16, whose gradients need loss scaling: it skips updates until it has found a scale, and
  // again from time to time. bf16 has the range of float32 and needs none. fp16 is a choice for
  // windows of many steps, because a cell state in 16 bits is 3 bits more precise in it.
  return device.multiplies_fast(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

Precision evaluation_precision(PrecisionChoice choice, Precision trained,
                               DeviceFacts const& device) {
  if (choice == PrecisionChoice::automatic) {
    return device.multiplies_fast(trained) ? trained : Precision::f32;
  }
  Precision const wanted = requested_precision(choice);
  return device.supports(wanted) ? wanted : Precision::f32;
}

std::string precision_hint(PrecisionChoice choice, DeviceFacts const& device) {
  bool const could_be_faster = choice == PrecisionChoice::automatic && device.memory_use() &&
                               device.multiplies_fast(Precision::tf32) &&
                               !device.multiplies_fast(Precision::bf16);
  if (!could_be_faster) return "";
  return "train.precision=auto is f32 because cuDNN is too old for bf16. Install cuDNN 9.13 or newer, or set train.precision=fp16 or train.precision=tf32, for a run that is several times as fast?";
}

std::string rounding_warning(std::string const& earlier, std::string const& now) {
  if (earlier.empty() || now.empty() || earlier == now) return "";
  return fmt::format(
      "the device has changed since the last start: {} -> {}. The run continues, but its numbers are rounded differently from those of an uninterrupted run",
      sanitized(earlier), now);
}

}  // namespace moneta
