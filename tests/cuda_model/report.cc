// SPDX-License-Identifier: Apache-2.0
// CUDA_MODEL_REPORT=PATH: at its end the process writes a JSON object to PATH, in which %p stands
// for the number of the process. Its members (numbers that stayed 0 are left out):
//   seed, policy, program, process, misuse (null, or the text that ended the process)
//   calls              by entry point; `allocation` counts as in CUDA_MODEL_FAIL
//   injected           calls that failed because CUDA_MODEL_FAIL asked for it, by entry point
//   operations         that ran, by the entry point that enqueued them
//   launches           kernels that were launched, by name
//   copied_bytes       by direction, and `set` for cudaMemsetAsync
//   stream_choices     times at which more than one stream could run
//   host_waits         calls that wait for work; `blocked` counts those for which work was pending
//   longest_chain      operations that had to run one after the other: the critical path, across
//                      streams and across waits of the host
//   devices            requested and reserved bytes now and at the peak, and the context's bytes
//   call_sites         see call_sites.h
//   leaks              what the process did not destroy
// and the numbers that the libraries count.
#include "cuda_model/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cuda_model/call_sites.h"
#include "cuda_model/device_use.h"
#include "cuda_model/devices.h"
#include "cuda_model/memory.h"
#include "cuda_model/pinned_memory.h"
#include "cuda_model/settings.h"
#include "cuda_model/streams.h"

namespace cuda_model {
namespace {

using Json = nlohmann::ordered_json;

struct Numbers {
  std::mutex mutex;
  std::map<std::string, std::uint64_t> by_name;
};

Numbers& numbers() {
  static auto* const all = new Numbers;  // outlives the static objects of the program
  return *all;
}

/// Sets by "group/name".
void set(Json& report, std::string const& name, std::uint64_t value) {
  std::size_t const slash = name.find('/');
  if (slash == std::string::npos) {
    report[name] = value;
  } else {
    report[name.substr(0, slash)][name.substr(slash + 1)] = value;
  }
}

std::string report_path() {
  std::string path = text_setting("CUDA_MODEL_REPORT");
  std::size_t const number = path.find("%p");
  if (number != std::string::npos) path.replace(number, 2, std::to_string(::getpid()));
  return path;
}

std::vector<Leak> leaks() {
  std::vector<Leak> all = leaked_memory();
  for (std::vector<Leak> const& more : {leaked_pinned_memory(), leaked_handles()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

Json devices() {
  Json all = Json::array();
  for (DeviceUse const& use : device_uses()) {
    all.push_back({{"requested_bytes", use.requested_bytes},
                   {"requested_peak_bytes", use.requested_peak_bytes},
                   {"reserved_bytes", use.reserved_bytes},
                   {"reserved_peak_bytes", use.reserved_peak_bytes},
                   {"library_bytes", use.library_bytes},
                   {"context_bytes", use.context_bytes}});
  }
  return all;
}

Json sites() {
  Json all = Json::array();
  for (CallSite const& site : call_sites()) {
    all.push_back({{"call", site.call},
                   {"site", site.number},
                   {"key", site.key},
                   {"calls", site.calls},
                   {"omitted", site.is_omitted},
                   {"functions", site.functions}});
  }
  return all;
}

/// Prints leaks and writes the report when the process ends normally. CUDA_MODEL_STRICT_LEAKS=1
/// makes a leak a misuse, so that the process fails.
void __attribute__((destructor)) report_at_exit() {
  if (is_forked()) return;
  std::vector<Leak> const found = leaks();
  for (Leak const& leak : found) {
    std::fprintf(stderr, "CUDA model: leaked %s: %s\n", leak.kind.c_str(), leak.what.c_str());
  }
  if (!found.empty() && setting("CUDA_MODEL_STRICT_LEAKS", 0) != 0) {
    misuse("exit", fmt::format("{} objects were never destroyed, of which the first is {}: {}",
                               found.size(), found[0].kind, found[0].what));
  }
  write_report("");
}

}  // namespace

void count(std::string const& what, std::uint64_t number) {
  std::lock_guard const guard(numbers().mutex);
  numbers().by_name[what] += number;
}

void count_most(std::string const& what, std::uint64_t number) {
  std::lock_guard const guard(numbers().mutex);
  std::uint64_t& most = numbers().by_name[what];
  most = std::max(most, number);
}

void write_report(std::string const& misuse) {
  std::string const path = report_path();
  if (path.empty() || is_forked()) return;
  auto const lock = lock_model();
  Json report{{"seed", seed()},
              {"policy", policy_name()},
              {"program", program_invocation_short_name},
              {"process", ::getpid()},
              {"misuse", misuse.empty() ? Json(nullptr) : Json(misuse)}};
  {
    std::lock_guard const guard(numbers().mutex);
    for (auto const& [name, value] : numbers().by_name) set(report, name, value);
  }
  report["devices"] = devices();
  report["call_sites"] = sites();
  report["leaks"] = Json::array();
  for (Leak const& leak : leaks()) {
    report["leaks"].push_back({{"kind", leak.kind}, {"bytes", leak.bytes}, {"what", leak.what}});
  }
  std::ofstream file(path);
  file << report.dump(2) << '\n';
  if (!file.flush()) std::fprintf(stderr, "CUDA model: cannot write '%s'\n", path.c_str());
}

}  // namespace cuda_model
