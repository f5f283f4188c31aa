// SPDX-License-Identifier: Apache-2.0
#include "fuzz/target.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "support/scratch_folder.h"

namespace moneta::fuzz {

namespace {

[[noreturn]] void end(std::string_view what, std::string_view text) {
  std::fprintf(stderr, "FUZZ TARGET FAILED: %.*s: %.*s\n", static_cast<int>(what.size()),
               what.data(), static_cast<int>(std::min<std::size_t>(text.size(), 2000)),
               text.data());
  std::abort();
}

}  // namespace

std::filesystem::path const& scratch() {
  static ScratchFolder const folder;
  return folder.path();
}

std::vector<std::string> sections(std::string_view bytes) {
  constexpr std::string_view divider = "%%\n";
  std::vector<std::string> parts;
  for (auto at = bytes.find(divider); at != bytes.npos; at = bytes.find(divider)) {
    parts.emplace_back(bytes.substr(0, at));
    bytes.remove_prefix(at + divider.size());
  }
  parts.emplace_back(bytes);
  return parts;
}

void expect(bool holds, std::string_view what) {
  if (!holds) end(what, "does not hold");
}

void expect_printable(std::string_view text) {
  bool const clean = std::none_of(text.begin(), text.end(), [](char each) {
    auto const code = static_cast<unsigned char>(each);
    return (code < 0x20 && each != '\n') || code == 0x7f;
  });
  if (!clean) end("control characters in a text", text);
}

void expect_refusal(Error const& error, ErrorKind kind, std::string_view named) {
  std::string_view const text = error.what();
  if (error.kind() != kind) end("an error of another kind", text);
  if (text.find(named) == text.npos) end("an error that does not name its subject", text);
  if (text.size() > 4000) end("an error text that is too long", text);
  expect_printable(text);
}

}  // namespace moneta::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  try {
    moneta::fuzz::try_bytes({reinterpret_cast<char const*>(data), size});
  } catch (std::exception const& error) {
    moneta::fuzz::end("an unexpected exception", error.what());
  }
  return 0;
}
