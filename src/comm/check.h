// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

namespace moneta {

/// Throws Error (internal) with the text of the MPI library unless `status` is MPI_SUCCESS. MPI
/// returns a status only with the error handler MPI_ERRORS_RETURN, which MpiSession sets.
void check_mpi(int status, char const* call);

}  // namespace moneta

/// Checks the status of an MPI call.
#define MONETA_MPI(call) ::moneta::check_mpi((call), #call)
