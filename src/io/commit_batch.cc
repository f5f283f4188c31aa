// SPDX-License-Identifier: Apache-2.0
#include "io/commit_batch.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>

#include "base/digest.h"
#include "io/commit_file.h"
#include "io/file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

fs::path temporary_of(fs::path const& path) { return path.string() + ".tmp"; }

/// Writes a file and returns its digest. Errors name `named`.
std::string write_digested(fs::path const& path, std::span<std::byte const> bytes,
                           fs::path const& named) {
  constexpr std::size_t step = std::size_t{1}
                               << 18;  // still in the CPU's cache when it is digested
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (!file.is_open()) throw cannot_write(named, errno);
  Digest digest;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(step, bytes.size()))) {
    auto const piece = bytes.first(std::min(step, bytes.size()));
    if (int const why = write_all(file.get(), piece).error; why != 0) {
      throw cannot_write(named, why);
    }
    digest.add(piece);
  }
  (void)::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);  // only a hint
  if (int const why = file.close(); why != 0) throw cannot_write(named, why);
  return digest.hex();
}

}  // namespace

CommitBatch::~CommitBatch() {
  std::error_code ignored;
  for (auto const& path : pending_) fs::remove(temporary_of(path), ignored);
}

std::string CommitBatch::add(fs::path const& path, std::span<std::byte const> bytes) {
  auto const temporary = temporary_of(path);
  std::error_code ignored;
  fs::remove(temporary, ignored);
  pending_.push_back(path);
  try {
    auto digest = write_digested(temporary, bytes, path);
    check_read_back(temporary, bytes, path);
    return digest;
  } catch (...) {
    fs::remove(temporary, ignored);
    pending_.pop_back();
    throw;
  }
}

void CommitBatch::commit() {
  for (auto const& path : pending_) sync_file(temporary_of(path), path);
  std::set<fs::path> folders;
  while (!pending_.empty()) {
    auto const path = pending_.back();
    if (std::rename(temporary_of(path).c_str(), path.c_str()) != 0) throw cannot_write(path, errno);
    pending_.pop_back();
    folders.insert(folder_of(path));
  }
  for (auto const& folder : folders) sync_folder(folder);
}

}  // namespace moneta
