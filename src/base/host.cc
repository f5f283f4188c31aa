// SPDX-License-Identifier: Apache-2.0
#include "base/host.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

#include "base/error.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The number in a limit file; "max" and a missing file mean no limit.
std::size_t limit_in(fs::path const& path) {
  std::ifstream file(path);
  std::string text;
  std::size_t value = 0;
  if (!(file >> text)) return no_limit;
  auto const result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} ? value : no_limit;
}

/// The smallest limit of a control group and its ancestors. In a container the path may be the path
/// on the host; then only the root of the mount exists.
std::size_t group_limit(fs::path const& mount, std::string group, char const* file) {
  std::size_t limit = no_limit;
  for (;;) {
    limit = std::min(limit, limit_in(mount / fs::path(group).relative_path() / file));
    std::size_t const slash = group.find_last_of('/');
    if (slash == std::string::npos || group == "/") return limit;
    group.resize(std::max<std::size_t>(slash, 1));
  }
}

/// Lines of /proc/self/cgroup are "0::/path" in version 2 and "4:memory:/path" in version 1.
std::size_t control_group_limit(fs::path const& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  std::size_t limit = no_limit;
  for (std::string line; std::getline(groups, line);) {
    std::size_t const first = line.find(':');
    std::size_t const second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string const controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    std::string const group = line.substr(second + 1);
    fs::path const mount = root / "sys/fs/cgroup";
    if (controllers == ",,") {
      limit = std::min(limit, group_limit(mount, group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      limit = std::min(limit, group_limit(mount / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return limit;
}

std::size_t machine_memory(fs::path const& root) {
  fs::path const path = root / "proc/meminfo";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::size_t kib = 0;
    if (words >> name >> kib && name == "MemTotal:") return kib * 1024;
  }
  throw Error(
      ErrorKind::device,
      fmt::format(
          "cannot determine the memory of this machine ('{}' has no MemTotal). Is /proc mounted? Otherwise set device.memory_limit_mib",
          path.string()));
}

}  // namespace

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::size_t usable_cores() {
  // Machines with more cores than cpu_set_t holds need a larger set.
  for (int cores = CPU_SETSIZE; cores <= (1 << 20); cores *= 2) {
    std::size_t const bytes = CPU_ALLOC_SIZE(cores);
    std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> const set(
        CPU_ALLOC(cores), [](cpu_set_t* each) { CPU_FREE(each); });
    if (set && sched_getaffinity(0, bytes, set.get()) == 0) {
      return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(bytes, set.get())));
    }
  }
  return 1;
}

std::size_t resident_memory_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t host_memory_limit_bytes(fs::path const& root) {
  return std::min(machine_memory(root), control_group_limit(root));
}

}  // namespace moneta
