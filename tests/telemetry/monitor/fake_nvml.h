// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta {

/// What the fake NVML library answers. It starts as a card that is well; a test changes it as the
/// story goes on.
struct FakeNvml {
  static constexpr int supported = 0, unsupported = 3, lost = 15, unknown_error = 999;
  static constexpr char const* uuid = "GPU-01234567-89ab-cdef-0123-456789abcdef";
  static constexpr std::size_t most_processes = 300;

  struct Process {
    unsigned pid;
    unsigned long long bytes;
  };

  int init = supported;           ///< what nvmlInit_v2 answers
  int every_reading = supported;  ///< if not 0: what all readings answer
  int memory = supported, temperature = supported, threshold = supported, power = supported,
      power_limit = supported, utilisation = supported, clock = supported, reasons = supported,
      process_list = supported;  ///< what each reading answers

  unsigned long long memory_total = 24ULL << 30, memory_used = 12ULL << 30;
  unsigned temperature_c = 60, slowdown_c = 93;
  unsigned power_mw = 330'250, power_limit_mw = 345'000;
  unsigned utilisation_percent = 98, memory_utilisation_percent = 55;
  unsigned sm_clock_mhz = 1695;
  unsigned long long reason_bits = 0;
  Process processes[most_processes] = {};
  unsigned process_count = 0;
  std::size_t process_size = 24;  ///< of an entry of the list: 16, 24 or 32 bytes

  int users = 0;  ///< those who started it and have not ended it yet
};

}  // namespace moneta

extern "C" moneta::FakeNvml* fake_nvml();
