// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace moneta {

/// Returns the value of an environment variable, or nothing if it is not set.
using Environment = std::function<std::optional<std::string>(char const*)>;

/// The environment of this process.
std::optional<std::string> environment_variable(char const* name);

/// An error text if the launcher started several processes but MPI sees only one: each of them
/// would act as rank 0 and write the same files. Nothing otherwise. `library` is the name and
/// version of the MPI library.
std::optional<std::string> launcher_mismatch(Environment const& variable, std::size_t mpi_size,
                                             std::string const& library);

/// Advice in case MPI cannot start, for the first process of a Slurm step without PMIx, which Open
/// MPI normally needs to connect the processes. Nothing in any other process.
std::optional<std::string> launcher_without_pmix(Environment const& variable);

}  // namespace moneta
