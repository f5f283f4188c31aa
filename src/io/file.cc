// SPDX-License-Identifier: Apache-2.0
#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace moneta {
namespace fs = std::filesystem;

namespace {

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

/// Calls `call` until no signal interrupts it.
template <class Call>
auto without_interruption(Call const& call) {
  for (;;) {
    auto const result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

Descriptor::Descriptor(fs::path const& path, int flags, unsigned mode)
    : file_(without_interruption([&] { return ::open(path.c_str(), flags, mode); })) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    (void)close();
    file_ = std::exchange(other.file_, -1);
  }
  return *this;
}

int Descriptor::close() {
  if (!is_open()) return 0;
  // Linux has closed the file even if a signal interrupted the call.
  return ::close(std::exchange(file_, -1)) == 0 || errno == EINTR ? 0 : errno;
}

Transfer write_all(int file, std::span<std::byte const> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    auto const rest = bytes.subspan(done);
    ssize_t const written =
        without_interruption([&] { return ::write(file, rest.data(), rest.size()); });
    if (written <= 0) return {done, written == 0 ? ENOSPC : errno};
    done += static_cast<std::size_t>(written);
  }
  return {done, 0};
}

Transfer write_all(int file, std::string_view text) {
  return write_all(file, std::as_bytes(std::span(text)));
}

Transfer read_some(int file, std::span<std::byte> into) {
  ssize_t const count =
      without_interruption([&] { return ::read(file, into.data(), into.size()); });
  if (count < 0) return {0, errno};
  return {static_cast<std::size_t>(count), 0};
}

Transfer pread_all(int file, std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    auto const rest = into.subspan(done);
    ssize_t const count = without_interruption(
        [&] { return ::pread(file, rest.data(), rest.size(), static_cast<off_t>(offset + done)); });
    if (count < 0) return {done, errno};
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return {done, 0};
}

Error cannot_write(fs::path const& path, int why) {
  return {ErrorKind::disk, fmt::format("cannot write '{}' ({}). {}", path.string(),
                                       std::strerror(why), advice(why))};
}

Error cannot_read(fs::path const& path, int why) {
  return {ErrorKind::data,
          fmt::format("cannot read '{}' ({}). Is it a file that this user may read?", path.string(),
                      std::strerror(why))};
}

void write_file(fs::path const& path, std::string_view bytes, fs::path const& named) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (!file.is_open()) throw cannot_write(named, errno);
  if (int const why = write_all(file.get(), bytes).error; why != 0) throw cannot_write(named, why);
  if (int const why = file.close(); why != 0) throw cannot_write(named, why);
}

std::string read_file(fs::path const& path, std::size_t limit_bytes) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  MONETA_REQUIRE(file.is_open(), data, "cannot read '{}' ({}). Is the path right?", path.string(),
                 std::strerror(errno));
  std::string bytes;
  std::size_t size = 0;
  for (;;) {
    // The buffer grows with the bytes that the file really has; one above the limit is enough to
    // know.
    bytes.resize(std::min(std::max<std::size_t>(size * 2, 65536), limit_bytes) + 1);
    auto const [count, why] =
        read_some(file.get(), std::as_writable_bytes(std::span(bytes)).subspan(size));
    MONETA_REQUIRE(why == 0, data, "cannot read '{}' ({}). Is it a file?", path.string(),
                   std::strerror(why));
    if (count == 0) break;
    size += count;
    MONETA_REQUIRE(size <= limit_bytes, data,
                   "'{}' is too large (more than {} bytes). Is it the right file?", path.string(),
                   limit_bytes);
  }
  bytes.resize(size);
  return bytes;
}

void sync_file(fs::path const& path, fs::path const& named) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  if (!file.is_open()) throw cannot_write(named, errno);
  if (without_interruption([&] { return ::fsync(file.get()); }) != 0) {
    throw cannot_write(named, errno);
  }
}

void sync_folder(fs::path const& folder) {
  Descriptor const file(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!file.is_open()) throw cannot_write(folder, errno);
  if (without_interruption([&] { return ::fsync(file.get()); }) == 0) return;
  if (errno == EINVAL || errno == ENOTSUP) return;  // a network file system without folder syncs
  throw cannot_write(folder, errno);
}

fs::path folder_of(fs::path const& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void create_folder(fs::path const& folder) {
  std::error_code ignored;
  if (folder.empty() || fs::is_directory(folder, ignored)) return;
  create_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) != 0) {
    int const why = errno;
    // Another rank may have created it first, and "a/" names the folder that was just created as
    // "a".
    if (why == EEXIST && fs::is_directory(folder, ignored)) return;
    MONETA_REQUIRE(
        why != EEXIST, disk,
        "cannot create the folder '{}' (there is a file of that name). Choose another folder, or move the file away?",
        folder.string());
    throw Error(ErrorKind::disk, fmt::format("cannot create the folder '{}' ({}). {}",
                                             folder.string(), std::strerror(why), advice(why)));
  }
  sync_folder(folder_of(folder));
}

}  // namespace moneta
