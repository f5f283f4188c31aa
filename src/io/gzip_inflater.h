// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace moneta {

/// Decompresses the bytes of a gzip file, which arrive in pieces, with all checks of the format.
/// The file may consist of several members (concatenated gzip files), and zeros may follow the last
/// one, as on tapes.
class GzipInflater {
 public:
  GzipInflater();
  GzipInflater(GzipInflater const&) = delete;
  GzipInflater& operator=(GzipInflater const&) = delete;
  ~GzipInflater();

  /// What a call took and gave.
  struct Progress {
    std::size_t taken = 0, given = 0;
    char const* defect = nullptr;  ///< why the rest cannot be decompressed
  };
  /// Decompresses bytes of `from` into `to` until one of them is used up. If `to` was, the next
  /// call gives more text even if its `from` is empty.
  Progress inflate(std::span<unsigned char const> from, std::span<char> to);

  /// True where the file may end.
  bool may_end() const { return between_members_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool between_members_ = true;
  bool any_member_ = false;
  bool padding_ = false;
};

}  // namespace moneta
