// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace moneta {

/// Why the program stops; the value is the exit status of the process.
enum class ErrorKind : int {
  internal = 1,  ///< a bug in this program
  config = 2,    ///< wrong usage or configuration
  data = 3,      ///< input that is missing, damaged or does not fit
  training = 4,  ///< at least one coin could not be trained
  device = 5,    ///< the device or its library failed, or lacks memory
  disk = 6,      ///< a file could not be written
};

constexpr char const* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal:
      return "internal";
    case ErrorKind::config:
      return "config";
    case ErrorKind::data:
      return "data";
    case ErrorKind::training:
      return "training";
    case ErrorKind::device:
      return "device";
    case ErrorKind::disk:
      return "disk";
  }
  return "unknown";
}

/// Prints the kind as a word; GoogleTest finds it.
template <class Stream>
Stream& operator<<(Stream& stream, ErrorKind kind) {
  stream << to_string(kind);
  return stream;
}

/// Exit status of a run that stopped on request after saving; it can be resumed.
inline constexpr int exit_stopped = 75;

/// The only exception type. Text: "problem (why it is one). What to try?".
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string const& text) : std::runtime_error(text), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_status() const { return static_cast<int>(kind_); }

  /// The same error with `context` in front of its text, added by an outer layer.
  Error within(std::string_view context) const {
    return Error(kind_, std::string(context) + ": " + what());
  }

 private:
  ErrorKind kind_;
};

/// A device has too little free memory for a request; a smaller plan may fit.
class OutOfMemory : public Error {
 public:
  explicit OutOfMemory(std::string const& text) : Error(ErrorKind::device, text) {}
};

/// The message for std::bad_alloc, an error of kind device.
inline constexpr char const* out_of_memory_text =
    "the machine is out of memory. Lower device.memory_limit_mib, or use a machine with more?";

/// Converts any exception to an Error; an unknown type counts as a bug in this program.
inline Error as_error(std::exception const& error) {
  if (auto const* known = dynamic_cast<Error const*>(&error)) return *known;
  if (dynamic_cast<std::bad_alloc const*>(&error) != nullptr) {
    return {ErrorKind::device, out_of_memory_text};
  }
  return {ErrorKind::internal, error.what()};
}

}  // namespace moneta

/// Throws an Error of `kind` unless `condition` holds; always enabled. The message is an {fmt}
/// format string followed by its arguments, which are evaluated only on failure.
#define MONETA_REQUIRE(condition, kind, ...)                                        \
  do {                                                                              \
    if (!(condition)) [[unlikely]]                                                  \
      throw ::moneta::Error(::moneta::ErrorKind::kind, ::fmt::format(__VA_ARGS__)); \
  } while (0)
