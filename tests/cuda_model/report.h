// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cuda_model {

/// Something that was created and never destroyed.
struct Leak {
  std::string kind;
  std::uint64_t bytes = 0;
  std::string what;
};

/// Raises a number of the report to `number`.
void count_most(std::string const& what, std::uint64_t number);

/// Writes the file that CUDA_MODEL_REPORT names; nothing if it is unset. `misuse` is what ended the
/// process, or empty.
void write_report(std::string const& misuse);

/// The call stack of this thread outside the model on stderr.
void print_backtrace();

}  // namespace cuda_model
