// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "telemetry/monitor/gpu_reading.h"

namespace moneta {

/// A GPU that is read with NVML, a library of the NVIDIA driver. The library is loaded at run time;
/// Moneta builds and runs without it. No setting of a GPU is ever changed.
class NvmlCard {
 public:
  struct Found;

  /// Finds the GPU with this UUID, "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", with or without
  /// "GPU-". If the library, the driver or the GPU is missing, the result says so in `why_none`.
  static Found find(std::string const& uuid, std::string const& library = "libnvidia-ml.so.1");

  NvmlCard(NvmlCard const&) = delete;
  NvmlCard& operator=(NvmlCard const&) = delete;
  ~NvmlCard();

  /// Reads the GPU; one thread at a time. The driver takes milliseconds, or hangs if the GPU does.
  /// Throws std::bad_alloc only.
  GpuReading read();

 private:
  struct Library;
  NvmlCard(std::unique_ptr<Library> library, void* device);

  std::unique_ptr<Library> library_;
  void* device_;
  bool has_responded_ = false;
};

struct NvmlCard::Found {
  std::unique_ptr<NvmlCard> card;
  std::string why_none;  ///< "no NVML (...)" if there is no card
};

}  // namespace moneta
