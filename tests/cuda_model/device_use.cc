// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/device_use.h"

#include <algorithm>

#include "cuda_model/devices.h"
#include "cuda_model/settings.h"
#include "cuda_model/shared_use.h"

namespace cuda_model {
namespace {

std::vector<DeviceUse>& uses() {
  static auto* const all = new std::vector<DeviceUse>(device_count());
  return *all;
}
DeviceUse& use_of(int device) { return uses().at(static_cast<std::size_t>(device)); }

std::size_t used_bytes(int device) {
  DeviceUse const& use = use_of(device);
  return use.reserved_bytes + use.library_bytes + use.context_bytes;
}

/// Adds to one of the numbers if the device has that much.
bool take(int device, std::size_t DeviceUse::*number, std::size_t bytes) {
  if (bytes > free_bytes(device)) return false;
  use_of(device).*number += bytes;
  publish_use(device, used_bytes(device));
  return true;
}

void release(int device, std::size_t DeviceUse::*number, std::size_t bytes) {
  use_of(device).*number -= bytes;
  publish_use(device, used_bytes(device));
}

std::size_t granule_bytes() {
  static std::size_t const bytes =
      std::max<std::size_t>(setting("CUDA_MODEL_GRANULARITY_BYTES", std::size_t{2} << 20), 1);
  return bytes;
}

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

/// What an allocation takes of a shared granule.
std::size_t shared_bytes(std::size_t bytes) { return rounded_up(bytes, 512); }
bool shares_granule(std::size_t bytes) { return shared_bytes(bytes) <= granule_bytes() / 2; }

}  // namespace

bool Granules::take(int device, std::size_t bytes, std::size_t& granule) {
  DeviceUse& use = use_of(device);
  if (!shares_granule(bytes)) {
    std::size_t const whole = rounded_up(bytes, granule_bytes());
    if (!cuda_model::take(device, &DeviceUse::reserved_bytes, whole)) return false;
  } else {
    auto found = std::find_if(shared_.begin(), shared_.end(), [&](Shared const& each) {
      return each.device == device && each.used_bytes > 0 &&
             each.used_bytes + shared_bytes(bytes) <= granule_bytes();
    });
    if (found == shared_.end()) {
      if (!cuda_model::take(device, &DeviceUse::reserved_bytes, granule_bytes())) return false;
      found = shared_.insert(shared_.end(), Shared{device, 0});
    }
    found->used_bytes += shared_bytes(bytes);
    granule = static_cast<std::size_t>(found - shared_.begin());
  }
  use.requested_bytes += bytes;
  use.requested_peak_bytes = std::max(use.requested_peak_bytes, use.requested_bytes);
  use.reserved_peak_bytes = std::max(use.reserved_peak_bytes, use.reserved_bytes);
  return true;
}

void Granules::release(int device, std::size_t bytes, std::size_t granule) {
  use_of(device).requested_bytes -= bytes;
  if (!shares_granule(bytes)) {
    return cuda_model::release(device, &DeviceUse::reserved_bytes,
                               rounded_up(bytes, granule_bytes()));
  }
  shared_[granule].used_bytes -= shared_bytes(bytes);
  if (shared_[granule].used_bytes == 0) {
    cuda_model::release(device, &DeviceUse::reserved_bytes, granule_bytes());
  }
}

bool take_context(int device) {
  return take(device, &DeviceUse::context_bytes, setting("CUDA_MODEL_CONTEXT_MIB", 300) << 20);
}

bool take_library_memory(int device, std::size_t bytes) {
  auto const lock = lock_model();
  return take(device, &DeviceUse::library_bytes, bytes);
}
void release_library_memory(int device, std::size_t bytes) {
  auto const lock = lock_model();
  release(device, &DeviceUse::library_bytes, bytes);
}

std::size_t total_bytes() {
  static std::size_t const bytes = setting("CUDA_MODEL_MEMORY_MIB", 8192) << 20;
  return bytes;
}

std::size_t free_bytes(int device) {
  std::size_t const used = used_bytes(device) + use_of_others(device);
  return total_bytes() - std::min(total_bytes(), used);
}

std::vector<DeviceUse> device_uses() { return uses(); }

}  // namespace cuda_model
