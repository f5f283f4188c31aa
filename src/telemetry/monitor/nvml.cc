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

/// How the calls of one reading went.
struct Answers {
  bool any = false;
  nvml::Status gone = nvml::success;    ///< the card says that it is lost
  nvml::Status failed = nvml::success;  ///< the latest failure that is not a lack of support

  bool take(nvml::Status status) {
    if (status == nvml::success) {
      any = true;
    } else if (status == nvml::gpu_is_lost || status == nvml::reset_required) {
      gone = status;
    } else if (status != nvml::not_supported) {
      failed = status;
    }
    return status == nvml::success;
  }
};

std::vector<std::string> words_of(unsigned long long reasons) {
  std::vector<std::string> words;
  for (nvml::ReasonBit const& each : nvml::reason_bits) {
    if (reasons & each.bit) words.emplace_back(each.word);
    reasons &= ~each.bit;
  }
  if (reasons != 0) words.emplace_back("other");
  return words;
}

/// The list of processes as the driver wrote it. How long an entry is shows in how far it wrote.
class ProcessList {
 public:
  explicit ProcessList(unsigned room) : bytes_(room * largest, untouched), room_(room) {}

  void* data() { return bytes_.data(); }
  std::vector<nvml::ProcessHead> entries(unsigned count) const {
    std::vector<nvml::ProcessHead> all(std::min(count, room_));
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
  unsigned room_;
};

/// The processes of a list seen from this one. If it is not in the list, its number differs there,
/// as in a container, and one of the entries is taken for it.
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

/// The functions that this library has; null where it has not.
struct NvmlCard::Library {
  explicit Library(std::string const& name)
      : handle(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle) return;
    get(init, "nvmlInit_v2");
    get(shutdown, "nvmlShutdown");
    get(error_string, "nvmlErrorString");
    get(handle_by_uuid, "nvmlDeviceGetHandleByUUID");
    get(memory_info, "nvmlDeviceGetMemoryInfo");
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

  /// The first of these functions that the library has.
  template <class Function, class... Names>
  void get(Function& function, Names... names) {
    for (char const* const name : {names...}) {
      function = reinterpret_cast<Function>(::dlsym(handle, name));
      if (function) return;
    }
  }

  std::string text(nvml::Status status) const {
    char const* const words = error_string ? error_string(status) : nullptr;
    return words ? words : fmt::format("status {}", status);
  }

  /// Calls function(arguments...) if there is one.
  template <class Function, class... Arguments>
  bool ask(Answers& answers, Function function, Arguments... arguments) const {
    return function && answers.take(function(arguments...));
  }

  void read_processes(Answers& answers, nvml::Device device, GpuReading& reading) const;

  void* handle;
  bool is_open = false;
  nvml::Init init = nullptr;
  nvml::Shutdown shutdown = nullptr;
  nvml::ErrorString error_string = nullptr;
  nvml::HandleByUuid handle_by_uuid = nullptr;
  nvml::MemoryInfo memory_info = nullptr;
  nvml::NumberOfKind temperature = nullptr, threshold = nullptr, clock = nullptr;
  nvml::Number power_usage = nullptr, power_limit = nullptr;
  nvml::UtilizationRates utilization = nullptr;
  nvml::ThrottleReasons reasons = nullptr;
  nvml::Processes processes = nullptr;
};

void NvmlCard::Library::read_processes(Answers& answers, nvml::Device device,
                                       GpuReading& reading) const {
  if (!processes) return;
  constexpr unsigned most = 4096;
  for (unsigned room = 64; room <= most; room *= 4) {
    ProcessList list(room);
    unsigned count = room;
    nvml::Status const status = processes(device, &count, list.data());
    if (status == nvml::insufficient_size) continue;
    if (answers.take(status)) count_processes(list.entries(count), reading);
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
    return {nullptr, fmt::format("no NVML ({})", why ? why : "it cannot be loaded")};
  }
  if (!library->init || !library->handle_by_uuid) {
    return {nullptr, fmt::format("no NVML ('{}' has not the functions of NVML)", library_name)};
  }
  nvml::Status status = library->init();
  if (status != nvml::success) {
    return {nullptr, fmt::format("no NVML (it cannot start: {})", library->text(status))};
  }
  library->is_open = true;
  bool const is_bare = !uuid.starts_with("GPU-") && !uuid.starts_with("MIG-");
  std::string const bare = is_bare ? uuid : uuid.substr(4);
  // Part of a card (MIG) has a UUID of its own, which CUDA tells without its beginning.
  for (char const* const beginning : {"GPU-", "MIG-"}) {
    void* device = nullptr;
    status = library->handle_by_uuid((beginning + bare).c_str(), &device);
    if (status == nvml::success) {
      return {std::unique_ptr<NvmlCard>(new NvmlCard(std::move(library), device)), ""};
    }
  }
  return {nullptr, fmt::format("no NVML (it knows no GPU '{}': {})", uuid, library->text(status))};
}

GpuReading NvmlCard::read() {
  GpuReading reading;
  Answers answers;
  Library const& nvml = *library_;
  if (nvml::Memory memory{}; nvml.ask(answers, nvml.memory_info, device_, &memory)) {
    reading.memory_used_bytes = memory.used;
    reading.memory_total_bytes = memory.total;
  }
  unsigned number = 0;
  if (nvml.ask(answers, nvml.temperature, device_, nvml::temperature_of_gpu, &number)) {
    reading.temperature_c = number;
  }
  if (nvml.ask(answers, nvml.threshold, device_, nvml::threshold_of_slowdown, &number) &&
      number > 0) {
    reading.slowdown_c = number;
  }
  if (nvml.ask(answers, nvml.power_usage, device_, &number)) reading.power_w = number / 1000.0;
  if (nvml.ask(answers, nvml.power_limit, device_, &number))
    reading.power_limit_w = number / 1000.0;
  if (nvml::Utilization rates{}; nvml.ask(answers, nvml.utilization, device_, &rates)) {
    reading.utilisation_percent = rates.gpu;
    reading.memory_utilisation_percent = rates.memory;
  }
  if (nvml.ask(answers, nvml.clock, device_, nvml::clock_of_sm, &number)) {
    reading.sm_clock_mhz = number;
  }
  if (unsigned long long bits = 0; nvml.ask(answers, nvml.reasons, device_, &bits)) {
    reading.throttle_reasons = words_of(bits);
  }
  nvml.read_processes(answers, device_, reading);

  has_answered_ = has_answered_ || answers.any;
  bool const fell_silent = has_answered_ && !answers.any && answers.failed != nvml::success;
  if (answers.gone == nvml::success && !fell_silent) return reading;
  GpuReading lost;
  lost.lost = nvml.text(answers.gone != nvml::success ? answers.gone : answers.failed);
  return lost;
}

}  // namespace moneta
