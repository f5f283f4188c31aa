// SPDX-License-Identifier: Apache-2.0
#include "io/line_reader.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/text_reader.h"

namespace moneta {
namespace {

constexpr std::size_t longest_line_bytes = std::size_t{1} << 20;

}  // namespace

struct LineReader::State {
  explicit State(std::filesystem::path const& path) : name(path.string()), file(path) {}

  std::string name;
  TextReader file;
  std::vector<char> text = std::vector<char>(longest_line_bytes);
  std::size_t text_begin = 0, text_end = 0;
  std::size_t line_number = 0;
};

LineReader::LineReader(std::filesystem::path const& path) : state_(new State(path)) {}

LineReader::~LineReader() = default;

std::size_t LineReader::line_number() const { return state_->line_number; }

bool LineReader::next(std::string_view& line) {
  State& state = *state_;
  std::size_t searched = 0;
  for (;;) {
    char* const begin = state.text.data() + state.text_begin;
    std::size_t const held = state.text_end - state.text_begin;
    if (auto const* end =
            static_cast<char const*>(std::memchr(begin + searched, '\n', held - searched))) {
      line = {begin, static_cast<std::size_t>(end - begin)};
      state.text_begin += line.size() + 1;
      break;
    }
    searched = held;
    std::memmove(state.text.data(), begin, held);
    state.text_begin = 0;
    state.text_end = held;
    MONETA_REQUIRE(
        held < state.text.size(), data,
        "'{}' line {} is longer than {} bytes (this is not a text file with lines). Is it the right file?",
        state.name, state.line_number + 1, longest_line_bytes);
    std::size_t const count = state.file.read(std::span(state.text).subspan(held));
    if (count == 0) {
      if (held == 0) return false;
      line = {state.text.data(), held};
      state.text_begin = held;
      break;
    }
    state.text_end += count;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++state.line_number;
  return true;
}

}  // namespace moneta
