// SPDX-License-Identifier: Apache-2.0
// Replaces the C library's file functions: linked into a test program, or as a preloaded library in
// any other program.
#include "crash/io_calls.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>
#include <type_traits>

namespace moneta {
namespace {

std::mutex watching;  // one call is watched at a time
std::string watched_folder;
IoWatcher* current_watcher = nullptr;
thread_local bool is_inside = false;

std::string link_target(std::string const& link) {
  char target[PATH_MAX];
  ssize_t const size = ::readlink(link.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::string path_of(int file) { return link_target("/proc/self/fd/" + std::to_string(file)); }

std::string absolute(char const* path, int folder = AT_FDCWD) {
  if (path[0] == '/') return path;
  return (folder == AT_FDCWD ? link_target("/proc/self/cwd") : path_of(folder)) + '/' + path;
}

bool is_watched(std::string_view path) {
  return path.starts_with(watched_folder) &&
         (path.size() == watched_folder.size() || path[watched_folder.size()] == '/');
}

template <class Result>
Result failed() {
  if constexpr (std::is_pointer_v<Result>) {
    return nullptr;
  } else {
    return -1;
  }
}

/// Asks the watcher, if there is one, and calls `real`, the C library's function.
template <class Real>
auto watched(IoCall& call, Real const& real) {
  using Result = decltype(real());
  if (is_inside || current_watcher == nullptr) return real();
  int const before = errno;
  is_inside = true;
  if (call.path.empty()) call.path = path_of(call.file);
  std::lock_guard const lock(watching);
  Result result = {};
  if (current_watcher == nullptr || !is_watched(call.path)) {
    errno = before;
    result = real();
  } else {
    IoAnswer const answer = current_watcher->before(call);
    call.size = std::min(call.size, answer.at_most);
    errno = before;
    bool const closes = std::string_view(call.name) == "close";
    if (!answer.skip && (answer.error == 0 || closes)) result = real();
    if (answer.error != 0) {
      result = failed<Result>();
      errno = answer.error;
    }
    int const after = errno;
    bool const is_failure = result == failed<Result>();
    current_watcher->after(call, is_failure ? -1 : std::is_pointer_v<Result> ? 0 : (long)result);
    errno = after;
  }
  is_inside = false;
  return result;
}

/// The C library's function of that name.
template <class Function>
Function* real_function(Function* /*same type*/, char const* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

void watch_io(std::string const& folder, IoWatcher* watcher) {
  std::lock_guard const lock(watching);
  watched_folder = folder;
  current_watcher = watcher;
}

}  // namespace moneta

using moneta::IoCall;

#define REAL(function) static auto* const real = moneta::real_function(&::function, #function)

#define MODE_OF(flags)                          \
  mode_t mode = 0;                              \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest;                               \
    va_start(rest, flags);                      \
    mode = va_arg(rest, mode_t);                \
    va_end(rest);                               \
  }

#define WATCH_OPEN(function)                                               \
  int function(char const* path, int flags, ...) {                         \
    REAL(function);                                                        \
    MODE_OF(flags)                                                         \
    IoCall call{"open", moneta::absolute(path), "", -1, flags, {}, 0};     \
    return moneta::watched(call, [&] { return real(path, flags, mode); }); \
  }

#define WATCH_OPENAT(function)                                                     \
  int function(int folder, char const* path, int flags, ...) {                     \
    REAL(function);                                                                \
    MODE_OF(flags)                                                                 \
    IoCall call{"open", moneta::absolute(path, folder), "", -1, flags, {}, 0};     \
    return moneta::watched(call, [&] { return real(folder, path, flags, mode); }); \
  }

#define WATCH_FOPEN(function)                                       \
  FILE* function(char const* path, char const* mode) {              \
    REAL(function);                                                 \
    IoCall call{"fopen", moneta::absolute(path), "", -1, 0, {}, 0}; \
    return moneta::watched(call, [&] { return real(path, mode); }); \
  }

#define WATCH_STAT(function, status)                               \
  int function(char const* path, struct status* to) noexcept {     \
    REAL(function);                                                \
    IoCall call{"stat", moneta::absolute(path), "", -1, 0, {}, 0}; \
    return moneta::watched(call, [&] { return real(path, to); });  \
  }

#define WATCH_FSTAT(function, status)                             \
  int function(int file, struct status* to) noexcept {            \
    REAL(function);                                               \
    IoCall call{"fstat", "", "", file, 0, {}, 0};                 \
    return moneta::watched(call, [&] { return real(file, to); }); \
  }

#define WATCH_PATH(function, name, ...)                              \
  {                                                                  \
    REAL(function);                                                  \
    IoCall call{name, moneta::absolute(path), "", -1, 0, {}, 0};     \
    return moneta::watched(call, [&] { return real(__VA_ARGS__); }); \
  }

extern "C" {
WATCH_OPEN(open)
WATCH_OPEN(open64)
WATCH_OPENAT(openat)
WATCH_OPENAT(openat64)
WATCH_FOPEN(fopen)
WATCH_FOPEN(fopen64)
WATCH_STAT(stat, stat)
WATCH_STAT(stat64, stat64)
WATCH_STAT(lstat, stat)
WATCH_STAT(lstat64, stat64)
WATCH_FSTAT(fstat, stat)
WATCH_FSTAT(fstat64, stat64)

int mkdir(char const* path, mode_t mode) noexcept
    WATCH_PATH(mkdir, "mkdir", path, mode) int unlink(char const* path) noexcept
    WATCH_PATH(unlink, "unlink", path) int remove(char const* path) noexcept
    WATCH_PATH(remove, "unlink", path) DIR* opendir(char const* path)
        WATCH_PATH(opendir, "opendir", path)

            int rename(char const* from, char const* to) noexcept {
  REAL(rename);
  IoCall call{"rename", moneta::absolute(from), moneta::absolute(to), -1, 0, {}, 0};
  return moneta::watched(call, [&] { return real(from, to); });
}

int close(int file) {
  REAL(close);
  IoCall call{"close", "", "", file, 0, {}, 0};
  return moneta::watched(call, [&] { return real(file); });
}

int fsync(int file) {
  REAL(fsync);
  IoCall call{"fsync", "", "", file, 0, {}, 0};
  return moneta::watched(call, [&] { return real(file); });
}

ssize_t write(int file, void const* bytes, size_t size) {
  REAL(write);
  IoCall call{"write", "", "", file, 0, bytes, size};
  return moneta::watched(call, [&] { return real(file, bytes, call.size); });
}

ssize_t read(int file, void* bytes, size_t size) {
  REAL(read);
  IoCall call{"read", "", "", file, 0, {}, size};
  return moneta::watched(call, [&] { return real(file, bytes, call.size); });
}

ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  REAL(pread);
  IoCall call{"pread", "", "", file, 0, {}, size};
  return moneta::watched(call, [&] { return real(file, bytes, call.size, offset); });
}
}
