// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

/// What the fuzz targets share. Each target is one file that defines `try_bytes`; a libFuzzer
/// calls it with what it makes of the corpus, an ordinary build with the corpus itself. What must
/// not be ends the process, so that the bytes that led to it are kept.
namespace moneta::fuzz {

/// Does with the bytes what the program does with the file (or files) of a stranger.
void try_bytes(std::string_view bytes);

/// A folder of this process for the files of a target; files of the input before are still there.
std::filesystem::path const& scratch();

/// The parts between lines of "%%".
std::vector<std::string> sections(std::string_view bytes);

/// Ends the process unless `holds`.
void expect(bool holds, std::string_view what);

/// Ends the process if the text could not be shown on a terminal as it is.
void expect_printable(std::string_view text);

/// Ends the process unless the error is of this kind, and its text printable and says `named`.
void expect_refusal(Error const& error, ErrorKind kind, std::string_view named);

/// Whether `call` took the bytes. It may refuse them by nothing but an Error as above.
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
