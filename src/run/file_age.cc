// SPDX-License-Identifier: Apache-2.0
#include "run/file_age.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace moneta {
namespace {

double modified_s(struct stat const& status) {
  return static_cast<double>(status.st_mtim.tv_sec) +
         static_cast<double>(status.st_mtim.tv_nsec) * 1e-9;
}

}  // namespace

std::optional<double> file_age_s(std::filesystem::path const& path,
                                 std::filesystem::path const& probe_folder,
                                 std::int64_t local_clock_ms) {
  struct stat written {};
  if (::stat(path.c_str(), &written) != 0) return std::nullopt;
  double now_s = static_cast<double>(local_clock_ms) / 1000;
  std::string probe = (probe_folder / ".clock-XXXXXX").string();
  if (int const file = ::mkostemp(probe.data(), O_CLOEXEC); file >= 0) {
    struct stat fresh {};
    if (::fstat(file, &fresh) == 0) now_s = modified_s(fresh);
    ::close(file);
    ::unlink(probe.c_str());
  }
  return std::max(0.0, now_s - modified_s(written));
}

}  // namespace moneta
