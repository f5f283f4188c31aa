// SPDX-License-Identifier: Apache-2.0
#include "io/commit_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "io/file.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

using Pieces = std::span<std::span<std::byte const> const>;

/// A new file that is written and digested in one pass. Errors name `named`, the file that the user
/// knows.
class DigestedFile {
 public:
  DigestedFile(fs::path const& path, fs::path const& named)
      : file_(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC), named_(named) {
    if (!file_.is_open()) throw cannot_write(named_, errno);
  }

  void write(std::span<std::byte const> bytes) {
    if (int const why = write_all(file_.get(), bytes).error; why != 0) {
      throw cannot_write(named_, why);
    }
    digest_.add(bytes);
  }

  /// Closes the file and returns its digest.
  std::string finish() {
    if (int const why = file_.close(); why != 0) throw cannot_write(named_, why);
    return digest_.hex();
  }

 private:
  Descriptor file_;
  fs::path const& named_;
  Digest digest_;
};

/// After a sync: drops the file from the page cache, so that reading it back reads the disk.
void drop_cached_pages(fs::path const& path) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  if (file.is_open()) (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
}

/// `write` fills the temporary and syncs nothing; `check` gets it after the sync.
void commit(fs::path const& path, std::function<void(fs::path const&)> const& write,
            std::function<void(fs::path const&)> const& check) {
  fs::path const temporary = path.string() + ".tmp";
  std::error_code ignored;
  fs::remove(temporary, ignored);
  try {
    write(temporary);
    sync_file(temporary, path);
    check(temporary);
    if (std::rename(temporary.c_str(), path.c_str()) != 0) throw cannot_write(path, errno);
  } catch (...) {
    fs::remove(temporary, ignored);
    throw;
  }
  sync_folder(folder_of(path));
}

/// Commits what `write` puts into the file and reads it back. Returns the SHA-256.
std::string commit_verified(fs::path const& path,
                            std::function<void(DigestedFile& file)> const& write) {
  std::string sha256;
  commit_file(
      path,
      [&](fs::path const& temporary) {
        DigestedFile file(temporary, path);
        write(file);
        sha256 = file.finish();
      },
      [&](fs::path const& temporary) { check_read_back(temporary, sha256, path); });
  return sha256;
}

}  // namespace

void commit_file(fs::path const& path, std::function<void(fs::path const&)> const& write) {
  commit(path, write, [](fs::path const&) {});
}

void commit_file(fs::path const& path, std::function<void(fs::path const&)> const& write,
                 std::function<void(fs::path const&)> const& check) {
  commit(path, write, [&](fs::path const& temporary) {
    drop_cached_pages(temporary);
    check(temporary);
  });
}

void commit_text(fs::path const& path, std::string_view text) {
  commit_file(path, [&](fs::path const& temporary) { write_file(temporary, text, path); });
}

std::string commit_bytes_verified(fs::path const& path, Pieces pieces) {
  constexpr std::size_t step = std::size_t{8}
                               << 20;  // still in the CPU's cache when it is digested
  return commit_verified(path, [&](DigestedFile& file) {
    for (auto const& piece : pieces) {
      for (std::size_t begin = 0; begin < piece.size(); begin += step) {
        file.write(piece.subspan(begin, std::min(step, piece.size() - begin)));
      }
    }
  });
}

std::string commit_copy(fs::path const& from, fs::path const& path) {
  Descriptor const source(from, O_RDONLY | O_CLOEXEC);
  if (!source.is_open()) throw cannot_read(from, errno);
  return commit_verified(path, [&](DigestedFile& file) {
    std::vector<std::byte> block(std::size_t{1} << 17);
    for (;;) {
      auto const [count, why] = read_some(source.get(), block);
      if (why != 0) throw cannot_read(from, why);
      if (count == 0) break;
      file.write(std::span(block).first(count));
    }
  });
}

void check_read_back(fs::path const& path, std::span<std::byte const> bytes,
                     fs::path const& named) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  int why = file.is_open() ? 0 : errno;
  std::vector<std::byte> piece(std::size_t{1} << 18);
  bool same = true;
  while (why == 0 && same) {
    auto const result = read_some(file.get(), piece);
    why = result.error;
    if (result.bytes == 0) break;
    same =
        result.bytes <= bytes.size() && std::memcmp(piece.data(), bytes.data(), result.bytes) == 0;
    bytes = bytes.subspan(std::min(result.bytes, bytes.size()));
  }
  MONETA_REQUIRE(why == 0, disk, "cannot read back '{}' ({}). Is the disk in order?",
                 named.string(), std::strerror(why));
  MONETA_REQUIRE(
      same && bytes.empty(), disk,
      "cannot write '{}' (the bytes read back differ from those written). Is the disk in order?",
      named.string());
}

void check_read_back(fs::path const& file, std::string const& sha256, fs::path const& named) {
  std::string found;
  try {
    found = digest_of_file(file);
  } catch (Error const& error) {
    throw Error(ErrorKind::disk, fmt::format("cannot read back '{}' ({}). Is the disk in order?",
                                             named.string(), error.what()));
  }
  MONETA_REQUIRE(
      found == sha256, disk,
      "cannot write '{}' (the bytes read back differ from those written). Is the disk in order?",
      named.string());
}

}  // namespace moneta
