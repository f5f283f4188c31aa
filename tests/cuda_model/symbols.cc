// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/symbols.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <unwind.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

// The linker defines these in every module.
extern "C" char const __ehdr_start[] __attribute__((visibility("hidden")));
extern "C" char const _end[] __attribute__((visibility("hidden")));

namespace cuda_model {
namespace {

struct Function {
  std::uint64_t bytes;
  std::string name;
};
using Functions = std::map<std::uint64_t, Function>;  // by offset

template <class T>
T at(std::string const& file, std::uint64_t offset) {
  T value{};
  if (offset + sizeof value <= file.size()) {
    std::memcpy(&value, file.data() + offset, sizeof value);
  }
  return value;
}

/// The functions in the symbol table of an ELF file. dladdr knows only those that are exported.
Functions read_functions(std::string const& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string const file{std::istreambuf_iterator<char>(stream), {}};
  auto const header = at<Elf64_Ehdr>(file, 0);
  Functions functions;
  for (unsigned s = 0; s < header.e_shnum; ++s) {
    auto const table = at<Elf64_Shdr>(file, header.e_shoff + std::uint64_t{s} * header.e_shentsize);
    if (table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) continue;
    auto const names =
        at<Elf64_Shdr>(file, header.e_shoff + std::uint64_t{table.sh_link} * header.e_shentsize);
    for (std::uint64_t i = 0; i < table.sh_size; i += sizeof(Elf64_Sym)) {
      auto const symbol = at<Elf64_Sym>(file, table.sh_offset + i);
      std::uint64_t const name = names.sh_offset + symbol.st_name;
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || name >= file.size()) continue;
      functions[symbol.st_value] = {symbol.st_size, file.data() + name};
    }
  }
  return functions;
}

std::string demangled(std::string const& name) {
  char* const text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, nullptr);
  std::string result = text == nullptr ? name : text;
  std::free(text);
  return result;
}

std::string function_at(std::string const& path, std::uint64_t offset) {
  static std::map<std::string, Functions> modules;
  auto found = modules.find(path);
  if (found == modules.end()) found = modules.emplace(path, read_functions(path)).first;
  auto next = found->second.upper_bound(offset);
  if (next == found->second.begin()) return "";
  auto const& [begin, function] = *--next;
  return offset < begin + function.bytes ? demangled(function.name) : "";
}

struct Walk {
  std::size_t count;
  std::vector<void*> found;
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  auto* const address = reinterpret_cast<char*>(_Unwind_GetIP(context));
  if (address == nullptr) return _URC_END_OF_STACK;
  if (address >= __ehdr_start && address < _end) return _URC_NO_REASON;
  walk.found.push_back(address);
  return walk.found.size() < walk.count ? _URC_NO_REASON : _URC_END_OF_STACK;
}

}  // namespace

CodePlace place_of(void const* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {"?", 0, ""};
  std::string const path = info.dli_fname;
  auto const offset = static_cast<std::uint64_t>(static_cast<char const*>(address) -
                                                 static_cast<char const*>(info.dli_fbase));
  // A return address may be the first one of the next function.
  return {path.substr(path.rfind('/') + 1), offset, function_at(path, offset - 1)};
}

std::vector<void*> callers(std::size_t count) {
  Walk walk{count, {}};
  walk.found.reserve(count);
  (void)_Unwind_Backtrace(visit, &walk);
  return walk.found;
}

std::string text_of(CodePlace const& place) {
  return fmt::format("{} ({}+{:#x})", place.function.empty() ? "?" : place.function, place.module,
                     place.offset);
}

}  // namespace cuda_model
