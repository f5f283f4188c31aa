// SPDX-License-Identifier: Apache-2.0
// Failures that the environment asks for:
//   CUDA_MODEL_FAIL=CALL:N:STATUS[:TIMES][,...]  the N-th call of that name and the TIMES - 1 calls
//     after it return STATUS, a number of the library's own enum. CALL `allocation` stands for
//     cudaMalloc, cudaMallocHost and cudaHostAlloc, counted together.
//   CUDA_MODEL_FAULT=N   the N-th kernel launch faults: its device returns cudaErrorIllegalAddress
//   from
//     the moment at which the kernel runs.
//   CUDA_MODEL_HANG=CALL:N[,...]   the N-th call of that name never returns.
#include "cuda_model/failures.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cuda_model/settings.h"

namespace cuda_model {
namespace {

struct Rule {
  std::string call;
  std::uint64_t first = 0;
  int status = 0;
  std::uint64_t times = 1;
};

std::vector<std::string> split(std::string const& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t const end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

template <class Number>
Number number_in(char const* variable, std::string const& rule, std::string const& text) {
  Number number{};
  auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) {
    misuse(variable, fmt::format("'{}' in '{}' is not a number", text, rule));
  }
  return number;
}

/// Reads rules of `least` to `most` parts that are separated by colons.
std::vector<Rule> read_rules(char const* variable, std::size_t least, std::size_t most) {
  std::vector<Rule> rules;
  std::string const all = text_setting(variable);
  if (all.empty()) return rules;
  for (std::string const& text : split(all, ',')) {
    auto const parts = split(text, ':');
    if (parts.size() < least || parts.size() > most) {
      misuse(variable, fmt::format("'{}' has {} parts ({} to {} are needed)", text, parts.size(),
                                   least, most));
    }
    Rule rule{parts[0], number_in<std::uint64_t>(variable, text, parts[1])};
    if (parts.size() > 2) rule.status = number_in<int>(variable, text, parts[2]);
    if (parts.size() > 3) rule.times = number_in<std::uint64_t>(variable, text, parts[3]);
    rules.push_back(rule);
  }
  return rules;
}

bool is_allocation(std::string const& call) {
  return call == "cudaMalloc" || call == "cudaMallocHost" || call == "cudaHostAlloc";
}

class Failures {
 public:
  int status_of(std::string const& call) {
    bool hangs = false;
    int status = 0;
    {
      std::lock_guard const guard(mutex_);
      status = count_call(call, hangs);
      if (is_allocation(call)) {
        int const of_all = count_call("allocation", hangs);
        if (status == 0) status = of_all;
      }
    }
    if (hangs) {
      for (;;) ::pause();  // until a signal ends the process
    }
    if (status != 0) count("injected/" + call);
    return status;
  }

 private:
  /// Counts one call and returns the status it must have.
  int count_call(std::string const& call, bool& hangs) {
    std::uint64_t const number = ++calls_[call];
    for (Rule const& rule : hangs_) {
      hangs = hangs || (rule.call == call && rule.first == number);
    }
    for (Rule const& rule : failures_) {
      bool const is_due = number >= rule.first && number - rule.first < rule.times;
      if (rule.call == call && is_due) return rule.status;
    }
    return 0;
  }

  std::mutex mutex_;
  std::map<std::string, std::uint64_t> calls_;
  std::vector<Rule> failures_ = read_rules("CUDA_MODEL_FAIL", 3, 4);
  std::vector<Rule> hangs_ = read_rules("CUDA_MODEL_HANG", 2, 2);
};

}  // namespace

int injected_status(char const* call) {
  static auto* const failures = new Failures;  // threads may call while the process ends
  count(std::string("calls/") + call);
  return failures->status_of(call);
}

bool is_faulting_launch() {
  static std::uint64_t const chosen = setting("CUDA_MODEL_FAULT", 0);
  static std::atomic<std::uint64_t> launches = 0;
  return ++launches == chosen;
}

}  // namespace cuda_model
