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
  internal = 1,  ///< our own mistake
  config = 2,    ///< wrong usage or configuration
  data = 3,      ///< input that is missing, damaged or does not fit
  training = 4,  ///< at least one coin could not be trained
  device = 5,    ///< the device or its library failed, or lacks memory
  disk = 6,      ///< a file could not be written
};

/// Exit status of a run that was asked to stop, saved and can go on.
inline constexpr int exit_stopped = 75;

/// What the program cannot do. Text: "problem (why it is one). What to try?".
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string const& text) : std::runtime_error(text), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_status() const { return static_cast<int>(kind_); }

  /// The same error said by an outer layer: `context` goes before the text.
  Error within(std::string_view context) const {
    return Error(kind_, std::string(context) + ": " + what());
  }

 private:
  ErrorKind kind_;
};

/// A device has no memory left for what was asked; a smaller plan may do.
class OutOfMemory : public Error {
 public:
  explicit OutOfMemory(std::string const& text) : Error(ErrorKind::device, text) {}
};

/// std::bad_alloc as a person should read it; of kind device.
inline constexpr char const* out_of_memory_text =
    "the machine has no more memory. Lower device.memory_limit_mib, or use a machine with more?";

/// Any exception as one of ours: what is not known is our own mistake.
inline Error as_error(std::exception const& error) {
  if (auto const* known = dynamic_cast<Error const*>(&error)) return *known;
  if (dynamic_cast<std::bad_alloc const*>(&error) != nullptr) {
    return {ErrorKind::device, out_of_memory_text};
  }
  return {ErrorKind::internal, error.what()};
}

}  // namespace moneta

/// Throws Error of `kind` unless `condition` holds; always on. The text is a format string of {fmt}
/// with its arguments, which are evaluated only then.
#define MONETA_REQUIRE(condition, kind, ...)                                        \
  do {                                                                              \
    if (!(condition)) [[unlikely]]                                                  \
      throw ::moneta::Error(::moneta::ErrorKind::kind, ::fmt::format(__VA_ARGS__)); \
  } while (0)
