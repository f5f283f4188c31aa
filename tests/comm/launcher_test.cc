// SPDX-License-Identifier: Apache-2.0
#include "comm/launcher.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

namespace moneta {
namespace {

using Variables = std::map<std::string, std::string>;

struct LaunchCase {
  char const* name;
  Variables variables;
  std::size_t mpi_size;
  bool rejected;

  friend void PrintTo(LaunchCase const& test, std::ostream* out) { *out << test.name; }
};

class LauncherMismatch : public testing::TestWithParam<LaunchCase> {};

TEST_P(LauncherMismatch, IsReportedOnlyIfSeveralProcessesEachSeeOneRank) {
  auto const variable = [](char const* name) {
    auto const found = GetParam().variables.find(name);
    return found == GetParam().variables.end() ? std::nullopt : std::optional(found->second);
  };
  auto const mismatch = launcher_mismatch(variable, GetParam().mpi_size, "Open MPI v4.1.4");
  EXPECT_EQ(mismatch.has_value(), GetParam().rejected) << mismatch.value_or("accepted");
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LauncherMismatch, testing::ValuesIn(std::vector<LaunchCase>{
    {"NoLauncher",            {}, 1, false},
    {"MatchingMpirun",        {{"OMPI_COMM_WORLD_SIZE", "4"}}, 4, false},
    {"MpirunOfOneProcess",    {{"OMPI_COMM_WORLD_SIZE", "1"}}, 1, false},
    {"MpirunOfAnotherOpenMpi", {{"OMPI_COMM_WORLD_SIZE", "4"}}, 1, true},
    {"MpirunOfMpich",         {{"PMI_SIZE", "2"}, {"PMI_RANK", "0"}}, 1, true},
    {"VariableIsNotANumber",  {{"OMPI_COMM_WORLD_SIZE", "four"}}, 1, false},
    {"SallocShell",           {{"SLURM_NTASKS", "4"}}, 1, false},
    {"SbatchScript",          {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}, 1, false},
    {"InteractiveStep",       {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"},
                               {"SLURM_STEP_ID", "4294967290"}}, 1, false},
    {"SrunOfOneProcess",      {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"},
                               {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}, 1, false},
    {"MatchingSrun",          {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "3"},
                               {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "4"}}, 4, false},
    {"SrunWithoutPmix",       {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "3"},
                               {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "4"}}, 1, true},
    {"SrunWithOnlyItsTasks",  {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "3"},
                               {"SLURM_STEP_ID", "0"}}, 1, true},
    {"MpirunInsideAStep",     {{"OMPI_COMM_WORLD_SIZE", "1"}, {"SLURM_PROCID", "0"},
                               {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "4"}}, 1, false},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LauncherMismatchText, SuggestsTheFixForTheLauncher) {
  auto const mpirun = [](char const* name) {
    return std::string(name) == "OMPI_COMM_WORLD_SIZE" ? std::optional<std::string>("4")
                                                       : std::nullopt;
  };
  EXPECT_EQ(launcher_mismatch(mpirun, 1, "Open MPI v4.1.4").value_or(""),
            "the launcher started 4 processes (OMPI_COMM_WORLD_SIZE), but MPI sees only one (the "
            "launcher does not match the MPI library, Open MPI v4.1.4, so every process would act "
            "as rank 0). Start with the mpirun of that library ('which -a mpirun' lists the "
            "installed ones)?");
  auto const srun = [](char const* name) {
    return std::string(name).starts_with("SLURM") ? std::optional<std::string>("3") : std::nullopt;
  };
  std::string const text = launcher_mismatch(srun, 1, "Open MPI v4.1.4").value_or("");
  EXPECT_NE(text.find("started 3 processes (SLURM_STEP_NUM_TASKS)"), std::string::npos) << text;
  EXPECT_NE(text.find("'srun --mpi=pmix'"), std::string::npos) << text;
}

TEST(LauncherWithoutPmix, IsReportedByTheFirstProcessOfAStep) {
  std::map<std::string, std::string> variables;
  auto const variable = [&](char const* name) {
    auto const found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_EQ(launcher_without_pmix(variable), std::nullopt) << "no Slurm";
  variables = {{"SLURM_PROCID", "0"}, {"SLURM_STEP_ID", "4294967291"}};
  EXPECT_EQ(launcher_without_pmix(variable), std::nullopt) << "the batch shell";
  variables["SLURM_STEP_ID"] = "0";
  std::string const text = launcher_without_pmix(variable).value_or("");
  EXPECT_NE(text.find("'srun --mpi=pmix'"), std::string::npos) << text;
  variables["SLURM_PROCID"] = "1";
  EXPECT_EQ(launcher_without_pmix(variable), std::nullopt) << "another process of the step";
  variables["SLURM_PROCID"] = "0";
  variables["PMIX_RANK"] = "0";
  EXPECT_EQ(launcher_without_pmix(variable), std::nullopt) << "srun --mpi=pmix, or mpirun";
}

TEST(EnvironmentVariable, DistinguishesUnsetFromEmpty) {
  ::setenv("MONETA_TEST_EMPTY", "", 1);
  ::unsetenv("MONETA_TEST_UNSET");
  EXPECT_EQ(environment_variable("MONETA_TEST_EMPTY"), std::optional<std::string>(""));
  EXPECT_EQ(environment_variable("MONETA_TEST_UNSET"), std::nullopt);
  ::unsetenv("MONETA_TEST_EMPTY");
}

}  // namespace
}  // namespace moneta
