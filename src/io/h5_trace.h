// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace moneta {

/// From now on, the name of the object that is being read is written to `memory`, ended by a zero
/// byte; an empty span stops that. With shared memory, a parent process can report which object a
/// child was reading when HDF5 crashed.
void h5_trace_into(std::span<char> memory);

/// Records the name of the object that is about to be read.
void h5_trace(std::string const& name);

}  // namespace moneta
