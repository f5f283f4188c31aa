// SPDX-License-Identifier: Apache-2.0
#include "base/version.h"

// Written by base/version_git.cmake at build time. The fuzz targets are built without it.
#if __has_include("base/version_git.h")
#include "base/version_git.h"
#else
#define MONETA_GIT_REVISION ""
#endif

namespace moneta {

std::string const& version_number() {
  static std::string const number = MONETA_VERSION;
  return number;
}

std::string const& version_text() {
  constexpr char const* revision = MONETA_GIT_REVISION;
  static std::string const text =
      version_number() + (*revision == 0 ? "" : " (git " + std::string(revision) + ")");
  return text;
}

}  // namespace moneta
