// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace moneta {

/// A pseudo-terminal that records what is written to `out()`.
class PseudoTerminal {
 public:
  PseudoTerminal(unsigned short columns, unsigned short rows) {
    winsize window{rows, columns, 0, 0};
    int slave = -1;
    if (::openpty(&master_, &slave, nullptr, nullptr, &window) != 0) {
      ADD_FAILURE() << "openpty failed";
      return;
    }
    out_ = ::fdopen(slave, "w");
    reader_ = std::thread([this] {
      char piece[4096];
      for (ssize_t n; (n = ::read(master_, piece, sizeof piece)) > 0;) {
        bytes_.append(piece, static_cast<std::size_t>(n));
      }
    });
  }
  PseudoTerminal(PseudoTerminal const&) = delete;
  PseudoTerminal& operator=(PseudoTerminal const&) = delete;
  ~PseudoTerminal() {
    finish();
    if (master_ >= 0) ::close(master_);
  }

  std::FILE* out() { return out_; }
  void resize(unsigned short columns, unsigned short rows) {
    winsize window{rows, columns, 0, 0};
    ::ioctl(master_, TIOCSWINSZ, &window);
  }
  /// Closes the terminal and returns everything that was written.
  std::string const& finish() {
    if (out_ != nullptr) std::fclose(out_);
    out_ = nullptr;
    if (reader_.joinable()) reader_.join();
    return bytes_;
  }

 private:
  int master_ = -1;
  std::FILE* out_ = nullptr;
  std::thread reader_;
  std::string bytes_;
};

/// The contents of a window after these bytes. Interprets only the control sequences that the
/// program uses.
class Screen {
 public:
  Screen(std::size_t columns, std::size_t rows, std::string const& bytes)
      : columns_(columns), rows_(rows) {
    for (std::size_t i = 0; i < bytes.size();) i += take(bytes.substr(i, 16));
  }

  /// All lines, including those that have scrolled out of the window, without trailing blanks.
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (auto const& cells : lines_) {
      std::string line;
      for (std::string const& cell : cells) line += cell;
      line.erase(line.find_last_not_of(' ') + 1);
      all.push_back(line);
    }
    while (!all.empty() && all.back().empty()) all.pop_back();
    return all;
  }
  std::size_t folded_lines() const { return folded_; }

 private:
  std::size_t take(std::string const& text) {
    if (text[0] == '\r') return column_ = 0, 1;
    if (text[0] == '\n') return down(), 1;
    if (text[0] == '\x1b') return control(text);
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0u) == 0x80u) {
      ++length;
    }
    if (column_ == columns_) {
      ++folded_;
      column_ = 0;
      down();
    }
    line().resize(std::max(line().size(), column_ + 1), " ");
    line()[column_++] = text.substr(0, length);
    return length;
  }

  std::size_t control(std::string const& text) {
    std::size_t const end = text.find_first_of("AJK");
    EXPECT_TRUE(text[1] == '[' && end != std::string::npos) << text;
    std::size_t const count = end > 2 ? std::stoul(text.substr(2, end - 2)) : 1;
    std::size_t const top = lines_.size() > rows_ ? lines_.size() - rows_ : 0;
    if (text[end] == 'A') row_ = std::max(top, row_ - std::min(row_, count));
    if (text[end] != 'A') line().resize(std::min(line().size(), column_));
    if (text[end] == 'J') lines_.resize(row_ + 1);
    return end + 1;
  }

  void down() {
    ++row_;
    line();
  }
  std::vector<std::string>& line() {
    if (lines_.size() <= row_) lines_.resize(row_ + 1);
    return lines_[row_];
  }

  std::size_t columns_, rows_;
  std::size_t row_ = 0, column_ = 0, folded_ = 0;
  std::vector<std::vector<std::string>> lines_;  // cells: one character each
};

}  // namespace moneta
