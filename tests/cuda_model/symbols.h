// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cuda_model {

/// A place in a program that does not depend on where its modules were loaded.
struct CodePlace {
  std::string module;        ///< file name without folders
  std::uint64_t offset = 0;  ///< from the start of the module
  std::string function;      ///< demangled, from the symbol table of the module; empty if unknown
};

CodePlace place_of(void const* address);

/// The return addresses of the calling thread outside this library, nearest first, at most `count`.
std::vector<void*> callers(std::size_t count);

/// "function (module+0x12ab)"
std::string text_of(CodePlace const& place);

}  // namespace cuda_model
