// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace moneta {

/// Makes SIGINT, SIGTERM and SIGUSR1 set a flag and do nothing else; training reads the flag
/// between updates. Ignores SIGPIPE. Call it before MPI is initialized, so that MPI does not
/// install handlers of its own.
void catch_stop_signals();

/// True after one of these signals has arrived.
bool stop_requested();

}  // namespace moneta
