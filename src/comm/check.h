// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

namespace moneta {

/// Throws Error (internal) with the library's own text unless `status` is MPI_SUCCESS. MPI's
/// error handler must be MPI_ERRORS_RETURN, which MpiSession sets.
void check_mpi(int status, char const* call);

}  // namespace moneta

#define MONETA_MPI(call) ::moneta::check_mpi((call), #call)
