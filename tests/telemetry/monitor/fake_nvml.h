// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace moneta {

/// The results of the fake NVML library. Initially the card is healthy; tests change the members.
struct FakeNvml {
  static constexpr int supported = 0, unsupported = 3, lost = 15, unknown_error = 999;
  static constexpr char const* uuid = "GPU-01234567-89ab-cdef-0123-456789abcdef";
  static constexpr std::size_t most_processes = 300;

  struct Process {
    unsigned pid;
    unsigned long long bytes;
  };

  int init = supported;           ///< the status that nvmlInit_v2 returns
  int every_reading = supported;  ///< unless 0: the status that all readings return
  int memory = supported, temperature = supported, threshold = supported, power = supported,
      power_limit = supported, utilisation = supported, clock = supported, reasons = supported,
      process_list = supported;  ///< the status of each reading

  unsigned long long memory_total = 24ULL << 30, memory_used = 12ULL << 30;
  unsigned long long memory_reserved = 0;  ///< by the driver; the first version of the call adds it
  int memory_v2 = supported;               ///< the status of the second version
  unsigned temperature_c = 60, slowdown_c = 93;
  unsigned power_mw = 330'250, power_limit_mw = 345'000;
  unsigned utilisation_percent = 98, memory_utilisation_percent = 55;
  unsigned sm_clock_mhz = 1695;
  unsigned long long reason_bits = 0;
  Process processes[most_processes] = {};
  unsigned process_count = 0;
  std::size_t process_size = 24;  ///< bytes of an entry of the list: 16, 24 or 32

  int users = 0;  ///< initializations without a shutdown
};

}  // namespace moneta

extern "C" moneta::FakeNvml* fake_nvml();
