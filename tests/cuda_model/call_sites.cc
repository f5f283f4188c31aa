// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/call_sites.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "cuda_model/settings.h"
#include "cuda_model/symbols.h"

namespace cuda_model {
namespace {

constexpr std::size_t longest_chain = 4;

struct Chain {
  std::string call;
  std::array<void*, longest_chain> addresses{};
  auto operator<=>(Chain const&) const = default;
};

struct Sites {
  std::mutex mutex;
  std::map<Chain, CallSite> by_chain;
  std::map<std::string, std::size_t> numbers;
};

Sites& sites() {
  static auto* const all = new Sites;  // outlives the static objects of the program
  return *all;
}

/// Whether CUDA_MODEL_OMIT names the site.
bool names(std::string const& omitted, CallSite const& site) {
  for (std::string const& name : {fmt::format(",{}@{},", site.call, site.number),
                                  fmt::format(",{}@{},", site.call, site.key)}) {
    if (("," + omitted + ",").find(name) != std::string::npos) return true;
  }
  return false;
}

CallSite describe(Chain const& chain, std::size_t number) {
  CallSite site{chain.call, number, "", {}, 0, false};
  std::string places;
  for (void* const address : chain.addresses) {
    if (address == nullptr) continue;
    CodePlace const place = place_of(address);
    site.functions.push_back(text_of(place));
    places += fmt::format("{}+{:#x};", place.module, place.offset);
  }
  site.key = fmt::format("{:016x}", digest(places.data(), places.size()));
  static std::string const omitted = text_setting("CUDA_MODEL_OMIT");
  site.is_omitted = names(omitted, site);
  return site;
}

}  // namespace

bool is_omitted(char const* call) {
  Chain chain{call, {}};
  static std::size_t const depth =
      std::clamp<std::size_t>(setting("CUDA_MODEL_SITE_DEPTH", 2), 1, longest_chain);
  std::vector<void*> const addresses = callers(depth);
  std::copy(addresses.begin(), addresses.end(), chain.addresses.begin());
  std::lock_guard const guard(sites().mutex);
  auto found = sites().by_chain.find(chain);
  if (found == sites().by_chain.end()) {
    found = sites().by_chain.emplace(chain, describe(chain, ++sites().numbers[call])).first;
  }
  ++found->second.calls;
  return found->second.is_omitted;
}

std::vector<CallSite> call_sites() {
  std::lock_guard const guard(sites().mutex);
  std::vector<CallSite> all;
  for (auto const& [chain, site] : sites().by_chain) all.push_back(site);
  return all;
}

}  // namespace cuda_model
