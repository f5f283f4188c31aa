// SPDX-License-Identifier: Apache-2.0
#include "io/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace moneta {
namespace {

/// Returns errno, or 0.
int write_whole(std::string const& path, std::string_view text) {
  int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return errno;
  int why = 0;
  while (why == 0 && !text.empty()) {
    ssize_t const written = ::write(file, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written == 0) why = ENOSPC;
    if (written < 0 && errno != EINTR) why = errno;
  }
  if (::close(file) != 0 && why == 0) why = errno;
  return why;
}

}  // namespace

std::string replace_file(std::filesystem::path const& path, std::string_view text) {
  std::string const temporary = path.string() + ".tmp";
  int why = write_whole(temporary, text);
  if (why == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) why = errno;
  if (why == 0) return {};
  ::unlink(temporary.c_str());
  return std::strerror(why);
}

}  // namespace moneta
