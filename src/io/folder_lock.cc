// SPDX-License-Identifier: Apache-2.0
#include "io/folder_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// Locks the file for this open descriptor. Returns 0 or an errno; a file system without locks does
/// not count as an error.
int lock(Descriptor const& file, int command) {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  while (::fcntl(file.get(), command, &range) != 0) {
    if (errno == EINTR) continue;
    return errno == EACCES ? EAGAIN : errno == ENOLCK || errno == EINVAL ? 0 : errno;
  }
  return 0;
}

/// The file contains the id of the process that holds the lock.
std::string holder(Descriptor const& file) {
  std::array<std::byte, 32> bytes;
  auto const read = pread_all(file.get(), 0, bytes);
  std::string_view text(reinterpret_cast<char const*>(bytes.data()), read.bytes);
  text = text.substr(0, text.find('\n'));
  return text.empty() ? "another process" : fmt::format("process {}", sanitized(text));
}

}  // namespace

FolderLock::FolderLock(fs::path const& folder,
                       std::function<void(std::string const&)> const& on_wait) {
  create_folder(folder);
  auto const path = folder / ".lock";
  file_ = Descriptor(path, O_RDWR | O_CREAT | O_CLOEXEC);
  if (!file_.is_open()) throw cannot_write(path, errno);
  int why = lock(file_, F_OFD_SETLK);
  if (why == EAGAIN) {
    if (on_wait) {
      on_wait(fmt::format("waiting for {} to finish its changes in '{}'", holder(file_),
                          folder.string()));
    }
    why = lock(file_, F_OFD_SETLKW);
  }
  if (why != 0) throw cannot_write(path, why);
  // Only for the sentence above, so a full disk does not matter.
  if (::ftruncate(file_.get(), 0) == 0) {
    (void)write_all(file_.get(), fmt::format("{}\n", ::getpid()));
  }
}

std::optional<FolderLock> lock_if_writable(fs::path const& folder,
                                           std::function<void(std::string const&)> const& on_wait) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored) && ::access(folder.c_str(), W_OK | X_OK) != 0) {
    return std::nullopt;
  }
  return FolderLock(folder, on_wait);
}

}  // namespace moneta
