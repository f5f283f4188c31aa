// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "crash/io_calls.h"

namespace moneta {

/// Which calls fail: of those with this name ("" for all) whose path contains `path`, the calls
/// with the numbers `first` to `last`, counted from 0.
struct Fault {
  std::string name = {}, path = {};
  int error = 0;  ///< if 0, reads and writes transfer one byte instead
  std::size_t first = 0, last = 0;
};

/// Makes calls fail.
class FaultInjector : public IoWatcher {
 public:
  explicit FaultInjector(Fault fault) : fault_(std::move(fault)) {}

  IoAnswer before(IoCall const& call) override {
    bool const meant = (fault_.name.empty() || fault_.name == call.name) &&
                       call.path.find(fault_.path) != std::string::npos;
    if (!meant) return {};
    std::size_t const number = seen_++;
    if (number < fault_.first || number > fault_.last) return {};
    ++failed_;
    IoAnswer answer{fault_.error};
    if (fault_.error == 0) answer.at_most = 1;
    return answer;
  }

  std::size_t failed() const { return failed_; }

 private:
  Fault const fault_;
  std::size_t seen_ = 0, failed_ = 0;
};

}  // namespace moneta
