// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace moneta {

/// A call of the C library about a file or folder below the watched one.
struct IoCall {
  char const* name = "";   ///< of the function, those for large files alike: "open", "write", ...
  std::string path;        ///< absolute
  std::string to;          ///< of rename
  int file = -1;           ///< descriptor, where the call has one
  int flags = 0;           ///< of open
  void const* bytes = {};  ///< of write
  std::size_t size = 0;    ///< of read and write
};

/// What becomes of a call.
struct IoAnswer {
  int error = 0;      ///< not 0: it fails so (a close does close)
  bool skip = false;  ///< it returns 0 and does nothing
  std::size_t at_most = std::numeric_limits<std::size_t>::max();  ///< bytes of a read or write
};

/// Sees the calls of all threads, one at a time, and decides on them.
class IoWatcher {
 public:
  IoWatcher() = default;
  IoWatcher(IoWatcher const&) = delete;
  IoWatcher& operator=(IoWatcher const&) = delete;
  virtual ~IoWatcher() = default;

  virtual IoAnswer before(IoCall const& call) = 0;
  virtual void after(IoCall const& /*call*/, long /*result*/) {}
};

/// Lets `watcher` see what this process asks of the C library from now on, where it concerns
/// `folder` (absolute, without links) or what is below it; nobody if it is null. Calls that the
/// watcher makes itself are not watched.
void watch_io(std::string const& folder, IoWatcher* watcher);

}  // namespace moneta
