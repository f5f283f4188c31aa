// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comm/session.h"

namespace moneta {

/// The session of a test program that mpirun starts with any number of ranks. Every rank runs every
/// test, and a test must reach its collective calls on all ranks: use EXPECT instead of ASSERT.
extern MpiSession* session;

}  // namespace moneta
