// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comm/session.h"

namespace moneta {

/// The session of a test program that runs under mpirun with any number of ranks. Every rank runs
/// every test, so a test must reach its collective calls on all ranks: EXPECT, not ASSERT.
extern MpiSession* session;

}  // namespace moneta
