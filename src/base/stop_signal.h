// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace moneta {

/// Makes SIGINT, SIGTERM, SIGUSR1 and SIGHUP (a lost terminal) set a flag and do nothing else;
/// training reads the flag between updates. If SIGHUP is ignored, as under nohup, it stays ignored.
/// Ignores SIGPIPE. Call it before MPI is initialized, so that MPI does not install handlers of its
/// own.
void catch_stop_signals();

/// True after one of these signals has arrived.
bool stop_requested();

}  // namespace moneta
