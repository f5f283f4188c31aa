// SPDX-License-Identifier: Apache-2.0
#include "io/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "io/file.h"

namespace moneta {
namespace {

/// Returns an errno, or 0.
int write_whole(std::string const& path, std::string_view text) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (!file.is_open()) return errno;
  int const write_error = write_all(file.get(), text).error;
  int const close_error = file.close();
  return write_error != 0 ? write_error : close_error;
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
