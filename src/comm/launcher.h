// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace moneta {

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(char const*)>;
std::optional<std::string> environment_variable(char const* name);

/// What is wrong if a launcher started several processes but MPI sees only one: each of them
/// would take itself for rank 0 and write the same files. Empty if all is well. `library` is
/// MPI's own name and version.
std::optional<std::string> launcher_mismatch(Environment const& variable, std::size_t mpi_size,
                                             std::string const& library);

/// What to type if MPI cannot start, for a step of Slurm without PMIx, by which the usual Open MPI
/// finds the other processes. Empty elsewhere, and in all processes of the step but the first.
std::optional<std::string> launcher_without_pmix(Environment const& variable);

}  // namespace moneta
