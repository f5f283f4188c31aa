// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program, this library makes calls of the C library fail as the environment says:
//   FAULT_FOLDER   only calls below this folder
//   FAULT_CALL     "write", "fsync", "rename", ...
//   FAULT_PATH     only if the path contains this
//   FAULT_ERROR    the errno
//   FAULT_FIRST, FAULT_LAST   which of these calls, counted from 0 in each process
//   FAULT_WHILE    instead of these: all calls, as long as this file exists
//   FAULT_FIRED    this file is created when a call has failed
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>

#include "crash/fault.h"

namespace moneta {
namespace {

std::string setting(char const* name) {
  char const* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::size_t number(char const* name, std::size_t otherwise) {
  std::string const text = setting(name);
  return text.empty() ? otherwise : std::stoul(text);
}

class PreloadedFault : public IoWatcher {
 public:
  IoAnswer before(IoCall const& call) override {
    if (!while_.empty() && ::access(while_.c_str(), F_OK) != 0) return {};
    IoAnswer const answer = injector_.before(call);
    if (!fired_.empty() && injector_.failed() > 0) ::close(::creat(fired_.c_str(), 0644));
    return answer;
  }

 private:
  FaultInjector injector_{{setting("FAULT_CALL"), setting("FAULT_PATH"),
                           static_cast<int>(number("FAULT_ERROR", 0)), number("FAULT_FIRST", 0),
                           number("FAULT_LAST", std::numeric_limits<std::size_t>::max())}};
  std::string const while_ = setting("FAULT_WHILE");
  std::string const fired_ = setting("FAULT_FIRED");
};

[[gnu::constructor]] void start() {
  // Never deleted: threads may write until the process ends.
  if (!setting("FAULT_FOLDER").empty()) watch_io(setting("FAULT_FOLDER"), new PreloadedFault);
}

}  // namespace
}  // namespace moneta
