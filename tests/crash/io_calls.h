// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace moneta {

/// A call of the C library that concerns a file or folder below the watched one.
struct IoCall {
  char const* name = "";   ///< of the function, without "64": "open", "write", ...
  std::string path;        ///< absolute
  std::string to;          ///< of rename
  int file = -1;           ///< descriptor, where the call has one
  int flags = 0;           ///< of open
  void const* bytes = {};  ///< of write
  std::size_t size = 0;    ///< of read and write
};

/// What happens to a call.
struct IoAnswer {
  int error = 0;      ///< if not 0, the call fails with this errno (close still closes the file)
  bool skip = false;  ///< the call returns 0 and does nothing
  std::size_t at_most =
      std::numeric_limits<std::size_t>::max();  ///< limit on the bytes of a read or write
};

/// Receives the calls of all threads, one at a time, and decides what happens to them.
class IoWatcher {
 public:
  IoWatcher() = default;
  IoWatcher(IoWatcher const&) = delete;
  IoWatcher& operator=(IoWatcher const&) = delete;
  virtual ~IoWatcher() = default;

  virtual IoAnswer before(IoCall const& call) = 0;
  virtual void after(IoCall const& /*call*/, long /*result*/) {}
};

/// From now on `watcher` receives the calls of this process that concern `folder` (absolute,
/// without links) or anything below it; null ends that. Calls by the watcher itself are not
/// watched.
void watch_io(std::string const& folder, IoWatcher* watcher);

}  // namespace moneta
