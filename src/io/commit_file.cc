// SPDX-License-Identifier: Apache-2.0
#include "io/commit_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

using Pieces = std::span<std::span<std::byte const> const>;

char const* advice(int why) {
  switch (why) {
    case ENOSPC:
    case EDQUOT:
      return "Free space on that disk?";
    case EACCES:
    case EPERM:
    case EROFS:
      return "May this user write there?";
    case ENOENT:
    case ENOTDIR:
      return "Does the folder exist?";
    case EFBIG:
      return "Is there a limit on file sizes (ulimit -f)?";
    default:
      return "Is the disk in order?";
  }
}

[[noreturn]] void cannot_write(fs::path const& path, int why) {
  throw Error(ErrorKind::disk, fmt::format("cannot write '{}' ({}). {}", path.string(),
                                           std::strerror(why), advice(why)));
}

[[noreturn]] void cannot_read(fs::path const& path, int why) {
  throw Error(ErrorKind::data,
              fmt::format("cannot read '{}' ({}). Is it a file that this user may read?",
                          path.string(), std::strerror(why)));
}

/// An open file descriptor.
class Descriptor {
 public:
  Descriptor(fs::path const& path, int flags) {
    do {
      file_ = ::open(path.c_str(), flags, 0666);
    } while (file_ < 0 && errno == EINTR);
  }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  int get() const { return file_; }

  /// Closes early to learn about late write errors; 0 or an errno.
  int close() {
    int const file = std::exchange(file_, -1);
    // Linux has closed the file even when a signal came in between.
    return ::close(file) == 0 || errno == EINTR ? 0 : errno;
  }

 private:
  int file_ = -1;
};

void write_all(int file, std::span<std::byte const> bytes, fs::path const& shown) {
  while (!bytes.empty()) {
    ssize_t const written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) cannot_write(shown, written == 0 ? ENOSPC : errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// Bytes read into `to`; 0 at the end.
std::size_t read_some(int file, std::span<std::byte> to, fs::path const& shown) {
  for (;;) {
    ssize_t const count = ::read(file, to.data(), to.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) cannot_read(shown, errno);
  }
}

/// Writes the pieces to `path` and, while they are at hand, adds them to `digest`. Messages name
/// `shown`, the file that the user knows.
void write_pieces(fs::path const& path, Pieces pieces, fs::path const& shown, Digest* digest) {
  constexpr std::size_t step = std::size_t{8} << 20;
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (file.get() < 0) cannot_write(shown, errno);
  for (auto const& piece : pieces) {
    for (std::size_t at = 0; at < piece.size(); at += step) {
      auto const part = piece.subspan(at, std::min(step, piece.size() - at));
      write_all(file.get(), part, shown);
      if (digest != nullptr) digest->add(part);
    }
  }
  if (int const why = file.close(); why != 0) cannot_write(shown, why);
}

void sync_file(fs::path const& path, fs::path const& shown) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  if (file.get() < 0) cannot_write(shown, errno);
  while (::fsync(file.get()) != 0) {
    if (errno != EINTR) cannot_write(shown, errno);
  }
}

void sync_folder(fs::path const& folder) {
  Descriptor const file(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file.get() < 0) cannot_write(folder, errno);
  while (::fsync(file.get()) != 0) {
    if (errno == EINVAL || errno == ENOTSUP) return;  // some network file systems sync no folder
    if (errno != EINTR) cannot_write(folder, errno);
  }
}

fs::path folder_of(fs::path const& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// After a sync: asks for the pages to be dropped, so that reading back asks the disk.
void forget_cached(fs::path const& path) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  if (file.get() >= 0) (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
}

/// `write` gets the temporary's path and syncs nothing; `check` sees the synced temporary.
void commit(fs::path const& path, std::function<void(fs::path const&)> const& write,
            std::function<void(fs::path const&)> const& check) {
  fs::path const temporary = path.string() + ".tmp";
  std::error_code ignored;
  fs::remove(temporary, ignored);
  try {
    write(temporary);
    sync_file(temporary, path);
    check(temporary);
    if (std::rename(temporary.c_str(), path.c_str()) != 0) cannot_write(path, errno);
  } catch (...) {
    fs::remove(temporary, ignored);
    throw;
  }
  sync_folder(folder_of(path));
}

}  // namespace

void commit_file(fs::path const& path, std::function<void(fs::path const&)> const& write) {
  commit(path, write, [](fs::path const&) {});
}

void commit_file(fs::path const& path, std::function<void(fs::path const&)> const& write,
                 std::function<void(fs::path const&)> const& check) {
  commit(path, write, [&](fs::path const& temporary) {
    forget_cached(temporary);
    check(temporary);
  });
}

void commit_text(fs::path const& path, std::string_view text) {
  auto const bytes = std::as_bytes(std::span(text.data(), text.size()));
  commit_file(path, [&](fs::path const& temporary) {
    write_pieces(temporary, Pieces(&bytes, 1), path, nullptr);
  });
}

std::string commit_bytes_verified(fs::path const& path, Pieces pieces) {
  std::string meant;
  auto const write = [&](fs::path const& temporary) {
    Digest digest;
    write_pieces(temporary, pieces, path, &digest);
    meant = digest.hex();
  };
  commit_file(path, write,
              [&](fs::path const& temporary) { check_read_back(temporary, meant, path); });
  return meant;
}

std::string commit_copy(fs::path const& from, fs::path const& path) {
  std::string meant;
  auto const write = [&](fs::path const& temporary) {
    Descriptor const source(from, O_RDONLY | O_CLOEXEC);
    if (source.get() < 0) cannot_read(from, errno);
    Descriptor copy(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (copy.get() < 0) cannot_write(path, errno);
    Digest digest;
    std::vector<std::byte> block(std::size_t{1} << 17);
    while (std::size_t const count = read_some(source.get(), block, from)) {
      write_all(copy.get(), std::span(block).first(count), path);
      digest.add(std::span(block).first(count));
    }
    if (int const why = copy.close(); why != 0) cannot_write(path, why);
    meant = digest.hex();
  };
  commit_file(path, write,
              [&](fs::path const& temporary) { check_read_back(temporary, meant, path); });
  return meant;
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
      "cannot write '{}' (what was read back differs from what was written). Is the disk in order?",
      named.string());
}

void write_file(fs::path const& path, std::string_view bytes) {
  auto const piece = std::as_bytes(std::span(bytes.data(), bytes.size()));
  write_pieces(path, Pieces(&piece, 1), path, nullptr);
}

std::string read_file(fs::path const& path, std::size_t limit_bytes) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  MONETA_REQUIRE(file.get() >= 0, data, "cannot read '{}' ({}). Is the path right?", path.string(),
                 std::strerror(errno));
  std::string bytes;
  std::size_t size = 0;
  for (;;) {
    // Grows with what is really there; one byte over the limit is enough to know.
    bytes.resize(std::min(std::max<std::size_t>(size * 2, 65536), limit_bytes) + 1);
    ssize_t const got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    MONETA_REQUIRE(got >= 0, data, "cannot read '{}' ({}). Is it a file?", path.string(),
                   std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    MONETA_REQUIRE(size <= limit_bytes, data,
                   "'{}' is too large (more than {} bytes). Is it the right file?", path.string(),
                   limit_bytes);
  }
  bytes.resize(size);
  return bytes;
}

void create_folder(fs::path const& folder) {
  std::error_code ignored;
  if (folder.empty() || fs::is_directory(folder, ignored)) return;
  create_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) != 0) {
    int const why = errno;
    // Another rank may have been faster; "a/" names the folder that "a" has just made.
    if (why == EEXIST && fs::is_directory(folder, ignored)) return;
    MONETA_REQUIRE(
        why != EEXIST, disk,
        "cannot create the folder '{}' (a file of that name is in the way). Choose another folder, or move the file away?",
        folder.string());
    throw Error(ErrorKind::disk, fmt::format("cannot create the folder '{}' ({}). {}",
                                             folder.string(), std::strerror(why), advice(why)));
  }
  sync_folder(folder_of(folder));
}

}  // namespace moneta
