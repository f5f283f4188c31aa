// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace moneta {

/// From now on SIGINT, SIGTERM and SIGUSR1 only set a flag, which training reads between updates.
/// Call it before MPI starts, so that MPI does not install handlers of its own.
void catch_stop_signals();

/// True once such a signal has come.
bool stop_requested();

}  // namespace moneta
