// SPDX-License-Identifier: Apache-2.0
#include "comm/launcher.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"

namespace moneta {
namespace {

struct Launch {
  std::string variable;  ///< which contains the number of processes
  std::uint64_t processes = 1;
};

std::optional<std::uint64_t> parse_number(std::optional<std::string> const& text) {
  std::uint64_t value = 0;
  if (!text) return std::nullopt;
  char const* const end = text->data() + text->size();
  auto const [last, status] = std::from_chars(text->data(), end, value);
  if (status != std::errc{} || last != end) return std::nullopt;
  return value;
}

/// True for a process that `srun` started. A batch script and an interactive shell have Slurm's
/// variables too, but are one process; their step has no number or a reserved one.
bool in_slurm_step(Environment const& variable) {
  constexpr std::uint64_t first_reserved_step = 0xffff'fff0;
  auto const step = parse_number(variable("SLURM_STEP_ID"));
  return step && *step < first_reserved_step && variable("SLURM_PROCID");
}

/// The innermost launcher has precedence: mpirun inside a Slurm step, then the step.
std::optional<Launch> detect_launch(Environment const& variable) {
  for (char const* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (auto const processes = parse_number(variable(name))) return Launch{name, *processes};
  }
  if (!in_slurm_step(variable)) return std::nullopt;
  for (char const* const name : {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
    if (auto const processes = parse_number(variable(name))) return Launch{name, *processes};
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
  auto const launch = detect_launch(variable);
  if (mpi_size > 1 || !launch || launch->processes <= 1) return std::nullopt;
  bool const slurm = launch->variable.starts_with("SLURM");
  return fmt::format(
      "the launcher started {} processes ({}), but MPI sees only one (the launcher does not match the MPI library, {}, so every process would act as rank 0). {}",
      launch->processes, launch->variable, library,
      slurm
          ? "Start with 'srun --mpi=pmix', or with mpirun inside the job?"
          : "Start with the mpirun of that library ('which -a mpirun' lists the installed ones)?");
}

std::optional<std::string> launcher_without_pmix(Environment const& variable) {
  if (!in_slurm_step(variable) || variable("PMIX_RANK")) return std::nullopt;
  if (parse_number(variable("SLURM_PROCID")) != 0) return std::nullopt;
  return "srun provides no PMIx (Open MPI uses it to connect the processes). If MPI cannot start, "
         "use 'srun --mpi=pmix', or mpirun inside the job";
}

}  // namespace moneta
