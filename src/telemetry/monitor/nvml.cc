// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/nvml.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "telemetry/monitor/nvml_abi.h"

namespace moneta {
namespace {

/// The results of the calls of one reading.
struct CallResults {
  bool any_success = false;
  nvml::Status lost = nvml::success;     // the GPU is lost
  nvml::Status failure = nvml::success;  // the latest one that is not a lack of support

  bool add(nvml::Status status) {
    if (status == nvml::success) {
      any_success = true;
    } else if (status == nvml::gpu_is_lost || status == nvml::reset_required) {
      lost = status;
    } else if (status != nvml::not_supported) {
      failure = status;
    }
    return status == nvml::success;
  }
};

std::vector<std::string> names_of(unsigned long long reasons) {
  std::vector<std::string> names;
  for (ThrottleReason const& each : throttle_reasons) {
    if (reasons & each.bit) names.emplace_back(each.name);
    reasons &= ~each.bit;
  }
  if (reasons != 0) names.emplace_back(other_throttle_reason);
  return names;
}

/// A process list as the driver writes it. The size of an entry follows from the bytes that the
/// driver has not overwritten.
class ProcessList {
 public:
  explicit ProcessList(unsigned capacity)
      : bytes_(capacity * largest, untouched), capacity_(capacity) {}

  void* data() { return bytes_.data(); }
  std::vector<nvml::ProcessHead> entries(unsigned count) const {
    std::vector<nvml::ProcessHead> all(std::min(count, capacity_));
    std::size_t const size = entry_size(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::memcpy(&all[i], bytes_.data() + i * size, sizeof all[i]);
    }
    return all;
  }

 private:
  std::size_t entry_size(std::size_t count) const {
    for (std::size_t const size : nvml::process_sizes) {
      auto const end = bytes_.begin() + static_cast<std::ptrdiff_t>(count * size);
      if (std::all_of(end, bytes_.end(), [](unsigned char byte) { return byte == untouched; })) {
        return size;
      }
    }
    return largest;
  }

  static constexpr std::size_t largest = 32;
  static constexpr unsigned char untouched = 0xA5;
  std::vector<unsigned char> bytes_;
  unsigned capacity_;
};

/// Counts the processes other than this one. In a container, the driver does not know the PID of
/// this process; then one of the entries is assumed to be this process.
void count_processes(std::vector<nvml::ProcessHead> const& all, GpuReading& reading) {
  auto const own_pid = static_cast<unsigned>(::getpid());
  std::size_t others = 0;
  std::optional<std::uint64_t> other_bytes = 0;
  bool is_listed = false;
  for (nvml::ProcessHead const& each : all) {
    bool const is_known = each.bytes != nvml::not_available;
    if (each.pid == own_pid) {
      is_listed = true;
      if (is_known) reading.process_bytes = each.bytes;
    } else {
      ++others;
      if (!is_known) other_bytes.reset();
      if (other_bytes) *other_bytes += each.bytes;
    }
  }
  if (is_listed || all.empty()) {
    reading.other_processes = others;
    reading.other_bytes = other_bytes;
  } else {
    reading.other_processes = others - 1;
    if (others == 1) reading.other_bytes = 0;
  }
}

}  // namespace

/// The functions of the loaded library; null for those that it does not have.
struct NvmlCard::Library {
  explicit Library(std::string const& name)
      : handle(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle) return;
    get(init, "nvmlInit_v2");
    get(shutdown, "nvmlShutdown");
    get(error_string, "nvmlErrorString");
    get(handle_by_uuid, "nvmlDeviceGetHandleByUUID");
    get(memory_info, "nvmlDeviceGetMemoryInfo");
    get(memory_info_v2, "nvmlDeviceGetMemoryInfo_v2");
    get(temperature, "nvmlDeviceGetTemperature");
    get(threshold, "nvmlDeviceGetTemperatureThreshold");
    get(power_usage, "nvmlDeviceGetPowerUsage");
    get(power_limit, "nvmlDeviceGetEnforcedPowerLimit");
    get(utilization, "nvmlDeviceGetUtilizationRates");
    get(clock, "nvmlDeviceGetClockInfo");
    get(reasons, "nvmlDeviceGetCurrentClocksThrottleReasons",
        "nvmlDeviceGetCurrentClocksEventReasons");
    get(processes, "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetComputeRunningProcesses_v2", "nvmlDeviceGetComputeRunningProcesses");
  }
  Library(Library const&) = delete;
  Library& operator=(Library const&) = delete;
  ~Library() {
    if (is_open && shutdown) shutdown();
    if (handle) ::dlclose(handle);
  }

  /// Finds the first of these functions that the library has.
  template <class Function, class... Names>
  void get(Function& function, Names... names) {
    for (char const* const name : {names...}) {
      function = reinterpret_cast<Function>(::dlsym(handle, name));
      if (function) return;
    }
  }

  std::string text(nvml::Status status) const {
    char const* const known = error_string ? error_string(status) : nullptr;
    return known ? known : fmt::format("status {}", status);
  }

  /// Calls function(arguments...) if the library has it; returns true on success.
  template <class Function, class... Arguments>
  bool call(CallResults& results, Function function, Arguments... arguments) const {
    return function && results.add(function(arguments...));
  }

  void read_memory(CallResults& results, nvml::Device device, GpuReading& reading) const;
  void read_processes(CallResults& results, nvml::Device device, GpuReading& reading) const;

  void* handle;
  bool is_open = false;
  nvml::Init init = nullptr;
  nvml::Shutdown shutdown = nullptr;
  nvml::ErrorString error_string = nullptr;
  nvml::HandleByUuid handle_by_uuid = nullptr;
  nvml::MemoryInfo memory_info = nullptr;
  nvml::MemoryInfoV2 memory_info_v2 = nullptr;
  nvml::NumberOfKind temperature = nullptr, threshold = nullptr, clock = nullptr;
  nvml::Number power_usage = nullptr, power_limit = nullptr;
  nvml::UtilizationRates utilization = nullptr;
  nvml::ThrottleReasons reasons = nullptr;
  nvml::Processes processes = nullptr;
};

/// With the second version of the call, or with the first one if the driver lacks or refuses it.
void NvmlCard::Library::read_memory(CallResults& results, nvml::Device device,
                                    GpuReading& reading) const {
  nvml::MemoryV2 allocated{};
  allocated.version = nvml::memory_v2;
  if (memory_info_v2 && memory_info_v2(device, &allocated) == nvml::success) {
    results.add(nvml::success);
    reading.memory_used_bytes = allocated.used;
    reading.memory_total_bytes = allocated.total;
    return;
  }
  if (nvml::Memory memory{}; call(results, memory_info, device, &memory)) {
    reading.memory_used_bytes = memory.used;
    reading.memory_total_bytes = memory.total;
  }
}

void NvmlCard::Library::read_processes(CallResults& results, nvml::Device device,
                                       GpuReading& reading) const {
  if (!processes) return;
  constexpr unsigned max_capacity = 4096;
  for (unsigned capacity = 64; capacity <= max_capacity; capacity *= 4) {
    ProcessList list(capacity);
    unsigned count = capacity;
    nvml::Status const status = processes(device, &count, list.data());
    if (status == nvml::insufficient_size) continue;
    if (results.add(status)) count_processes(list.entries(count), reading);
    return;
  }
}

NvmlCard::NvmlCard(std::unique_ptr<Library> library, void* device)
    : library_(std::move(library)), device_(device) {}
NvmlCard::~NvmlCard() = default;

NvmlCard::Found NvmlCard::find(std::string const& uuid, std::string const& library_name) {
  auto library = std::make_unique<Library>(library_name);
  if (!library->handle) {
    char const* const why = ::dlerror();
    return {nullptr, fmt::format("no NVML ({})", why ? why : "cannot load the library")};
  }
  if (!library->init || !library->handle_by_uuid) {
    return {nullptr,
            fmt::format("no NVML ('{}' does not have the functions of NVML)", library_name)};
  }
  nvml::Status status = library->init();
  if (status != nvml::success) {
    return {nullptr, fmt::format("no NVML (initialization failed: {})", library->text(status))};
  }
  library->is_open = true;
  bool const is_bare = !uuid.starts_with("GPU-") && !uuid.starts_with("MIG-");
  std::string const bare = is_bare ? uuid : uuid.substr(4);
  // A MIG instance has a UUID of its own. CUDA returns UUIDs without their prefix.
  for (char const* const prefix : {"GPU-", "MIG-"}) {
    void* device = nullptr;
    status = library->handle_by_uuid((prefix + bare).c_str(), &device);
    if (status == nvml::success) {
      return {std::unique_ptr<NvmlCard>(new NvmlCard(std::move(library), device)), ""};
    }
  }
  return {nullptr,
          fmt::format("no NVML (no GPU with the UUID '{}': {})", uuid, library->text(status))};
}

GpuReading NvmlCard::read() {
  GpuReading reading;
  CallResults results;
  Library const& nvml = *library_;
  nvml.read_memory(results, device_, reading);
  unsigned number = 0;
  if (nvml.call(results, nvml.temperature, device_, nvml::temperature_of_gpu, &number)) {
    reading.temperature_c = number;
  }
  if (nvml.call(results, nvml.threshold, device_, nvml::threshold_of_slowdown, &number) &&
      number > 0) {
    reading.slowdown_c = number;
  }
  if (nvml.call(results, nvml.power_usage, device_, &number)) reading.power_w = number / 1000.0;
  if (nvml.call(results, nvml.power_limit, device_, &number))
    reading.power_limit_w = number / 1000.0;
  if (nvml::Utilization rates{}; nvml.call(results, nvml.utilization, device_, &rates)) {
    reading.utilisation_percent = rates.gpu;
    reading.memory_utilisation_percent = rates.memory;
  }
  if (nvml.call(results, nvml.clock, device_, nvml::clock_of_sm, &number)) {
    reading.sm_clock_mhz = number;
  }
  if (unsigned long long bits = 0; nvml.call(results, nvml.reasons, device_, &bits)) {
    reading.throttle_reasons = names_of(bits);
  }
  nvml.read_processes(results, device_, reading);

  has_responded_ = has_responded_ || results.any_success;
  bool const stopped_responding =
      has_responded_ && !results.any_success && results.failure != nvml::success;
  if (results.lost == nvml::success && !stopped_responding) return reading;
  GpuReading lost;
  lost.lost = nvml.text(results.lost != nvml::success ? results.lost : results.failure);
  return lost;
}

}  // namespace moneta
