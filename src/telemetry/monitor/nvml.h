// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "telemetry/monitor/gpu_reading.h"

namespace moneta {

/// A GPU as NVML tells of it, the library that comes with the driver. It is looked for when the
/// program runs; Moneta needs neither it nor its header. Only reads: no setting of a card is ever
/// changed.
class NvmlCard {
 public:
  struct Found;

  /// The card with this UUID, "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" or without the "GPU-".
  /// No library, no driver and no such card are no error, but `why_none`.
  static Found find(std::string const& uuid, std::string const& library = "libnvidia-ml.so.1");

  NvmlCard(NvmlCard const&) = delete;
  NvmlCard& operator=(NvmlCard const&) = delete;
  ~NvmlCard();

  /// What the card says now; for one thread at a time. Asks the driver, which takes milliseconds,
  /// or hangs with the card. Never throws but for lack of memory.
  GpuReading read();

 private:
  struct Library;
  NvmlCard(std::unique_ptr<Library> library, void* device);

  std::unique_ptr<Library> library_;
  void* device_;
  bool has_answered_ = false;
};

struct NvmlCard::Found {
  std::unique_ptr<NvmlCard> card;
  std::string why_none;  ///< if there is no card: "no NVML (...)"
};

}  // namespace moneta
