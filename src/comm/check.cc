// SPDX-License-Identifier: Apache-2.0
#include "comm/check.h"

#include <array>
#include <string_view>

#include "base/error.h"

namespace moneta {

void check_mpi(int status, char const* call) {
  if (status == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  std::string_view const name(call);
  throw Error(ErrorKind::internal, fmt::format("{} failed ({})", name.substr(0, name.find('(')),
                                               std::string_view(text.data(), std::size_t(length))));
}

}  // namespace moneta
