// SPDX-License-Identifier: Apache-2.0
#include "telemetry/monitor/host_reading.h"

#include <fstream>
#include <system_error>
#include <thread>

#include "base/host.h"

namespace moneta {

namespace fs = std::filesystem;

HostReading read_host(fs::path const& root) {
  HostReading reading;
  if (std::size_t const bytes = resident_memory_bytes(); bytes > 0) reading.process_bytes = bytes;
  std::ifstream file(root / "proc/loadavg");
  if (double load = 0; file >> load) reading.load = load;
  if (std::size_t const cores = std::thread::hardware_concurrency(); cores > 0) {
    reading.cores = cores;
  }
  return reading;
}

Json to_json(HostReading const& reading) {
  Json json = Json::object();
  if (reading.process_bytes) json["process_bytes"] = *reading.process_bytes;
  if (reading.load) json["load"] = *reading.load;
  if (reading.cores) json["cores"] = *reading.cores;
  return json;
}

std::optional<DiskReading> read_disk(fs::path const& folder) {
  std::error_code status;
  fs::space_info const space = fs::space(folder, status);
  if (status || space.capacity == 0) return std::nullopt;
  return DiskReading{space.available, space.capacity};
}

}  // namespace moneta
