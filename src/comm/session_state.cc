// SPDX-License-Identifier: Apache-2.0
#include "comm/session_state.h"

#include <array>
#include <exception>

#include "base/error.h"
#include "base/log.h"
#include "comm/check.h"
#include "comm/collectives.h"
#include "comm/launcher.h"

namespace moneta {

std::string mpi_library_name() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MONETA_MPI(MPI_Get_library_version(text.data(), &length));
  std::string const name(text.data(), static_cast<std::size_t>(length));
  return name.substr(0, name.find_first_of(",\n"));
}

MpiSession::State::State() {
  int started = 0;
  MPI_Initialized(&started);
  MONETA_REQUIRE(started == 0, internal, "MPI can be started only once per process");
  // If Open MPI cannot start, it exits the process, so the advice must be printed before.
  if (auto const advice = launcher_without_pmix(environment_variable)) log_warning(*advice);
  int threads = MPI_THREAD_SINGLE;
  MONETA_MPI(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &threads));
  MONETA_MPI(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  MONETA_REQUIRE(
      threads >= MPI_THREAD_FUNNELED, device,
      "the MPI library ({}) does not support programs with threads (MPI_THREAD_FUNNELED). Use one that was built with thread support?",
      mpi_library_name());
  rank = rank_in(MPI_COMM_WORLD);
  size = size_of(MPI_COMM_WORLD);

  MPI_Comm node = MPI_COMM_NULL;
  MONETA_MPI(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  rank_on_node = rank_in(node);
  ranks_on_node = size_of(node);
  MONETA_MPI(MPI_Comm_free(&node));
}

MpiSession::State::~State() {
  // MPI_Finalize waits for every rank. A rank that fails alone must not wait, because the others
  // may be waiting for it: it exits without finalizing MPI, and the launcher then ends the job.
  bool const fails_alone = size > 1 && std::uncaught_exceptions() > 0 && !all_failed;
  if (fails_alone) return;
  for (MPI_Comm& each : communicators) MPI_Comm_free(&each);
  MPI_Finalize();
}

MPI_Comm MpiSession::State::duplicate() {
  MPI_Comm made = MPI_COMM_NULL;
  MONETA_MPI(MPI_Comm_dup(MPI_COMM_WORLD, &made));
  communicators.push_back(made);
  return made;
}

MPI_Comm MpiSession::State::split(int group, int index) {
  MPI_Comm made = MPI_COMM_NULL;
  MONETA_MPI(MPI_Comm_split(MPI_COMM_WORLD, group, index, &made));
  communicators.push_back(made);
  return made;
}

}  // namespace moneta
