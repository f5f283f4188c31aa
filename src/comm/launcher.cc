// SPDX-License-Identifier: Apache-2.0
#include "comm/launcher.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"

namespace moneta {
namespace {

struct Launch {
  std::string variable;  ///< that says how many processes there are
  std::uint64_t processes = 1;
};

std::optional<std::uint64_t> number(std::optional<std::string> const& text) {
  std::uint64_t value = 0;
  if (!text) return std::nullopt;
  char const* const end = text->data() + text->size();
  auto const [last, status] = std::from_chars(text->data(), end, value);
  if (status != std::errc{} || last != end) return std::nullopt;
  return value;
}

/// True inside `srun`. A batch script and an interactive shell see Slurm's variables too, but they
/// are one process; their step has no number or one that Slurm reserves for them.
bool in_slurm_step(Environment const& variable) {
  constexpr std::uint64_t first_reserved_step = 0xffff'fff0;
  auto const step = number(variable("SLURM_STEP_ID"));
  return step && *step < first_reserved_step && variable("SLURM_PROCID");
}

/// The innermost launcher comes first: mpirun inside a Slurm step decides, not the step.
std::optional<Launch> launch_of(Environment const& variable) {
  for (char const* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (auto const processes = number(variable(name))) return Launch{name, *processes};
  }
  if (!in_slurm_step(variable)) return std::nullopt;
  for (char const* const name : {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
    if (auto const processes = number(variable(name))) return Launch{name, *processes};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> environment_variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> launcher_mismatch(Environment const& variable, std::size_t mpi_size,
                                             std::string const& library) {
  auto const launch = launch_of(variable);
  if (mpi_size > 1 || !launch || launch->processes <= 1) return std::nullopt;
  bool const slurm = launch->variable.starts_with("SLURM");
  return fmt::format(
      "the launcher started {} processes ({}), but MPI sees only one: launcher and library do not belong together, and every process would take itself for rank 0. The library is {}. {}",
      launch->processes, launch->variable, library,
      slurm ? "Start with 'srun --mpi=pmix', or with mpirun inside the job?"
            : "Start with the mpirun of that library ('which -a mpirun' shows what is here)?");
}

std::optional<std::string> launcher_without_pmix(Environment const& variable) {
  if (!in_slurm_step(variable) || variable("PMIX_RANK")) return std::nullopt;
  if (number(variable("SLURM_PROCID")) != 0) return std::nullopt;
  return "srun gives MPI no PMIx, by which the processes find each other. If MPI cannot start, "
         "start "
         "with 'srun --mpi=pmix', or with mpirun inside the job";
}

}  // namespace moneta
