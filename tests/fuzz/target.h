// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

/// Shared by the fuzz targets. Each target is one file that defines `try_bytes`: a libFuzzer calls
/// it with mutations of the corpus, an ordinary build with the corpus itself. A violated
/// expectation ends the process, so that libFuzzer stores the input.
namespace moneta::fuzz {

/// Processes the bytes as the program processes an untrusted file (or several).
void try_bytes(std::string_view bytes);

/// A folder of this process for the files of a target; it still contains the files of earlier
/// inputs.
std::filesystem::path const& scratch();

/// Splits the input at lines of "%%".
std::vector<std::string> sections(std::string_view bytes);

/// Ends the process unless `holds`.
void expect(bool holds, std::string_view what);

/// Ends the process if the text contains control characters other than line ends.
void expect_printable(std::string_view text);

/// Ends the process unless the error is of this kind and its text is printable and contains
/// `named`.
void expect_refusal(Error const& error, ErrorKind kind, std::string_view named);

/// Returns whether `call` accepts the bytes. It may reject them only with an Error as above.
template <class Call>
bool accepts(ErrorKind kind, std::string_view named, Call const& call) {
  try {
    call();
    return true;
  } catch (Error const& error) {
    expect_refusal(error, kind, named);
    return false;
  }
}

}  // namespace moneta::fuzz
