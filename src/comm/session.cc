// SPDX-License-Identifier: Apache-2.0
#include "comm/session.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "comm/collectives.h"
#include "comm/launcher.h"
#include "comm/session_state.h"

namespace moneta {
namespace {

std::optional<Error> error_of(std::function<void()> const& work) {
  try {
    work();
  } catch (std::exception const& error) {
    return as_error(error);
  }
  return std::nullopt;
}

/// The first bytes of a UTF-8 text, which are not cut inside a character.
std::string bounded(std::string text) {
  constexpr std::size_t longest = 8192;
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

MpiSession::MpiSession() : state_(std::make_unique<State>()) {
  auto const mismatch = launcher_mismatch(environment_variable, size(), mpi_library_name());
  MONETA_REQUIRE(!mismatch, config, "{}", *mismatch);
}

MpiSession::~MpiSession() = default;

std::size_t MpiSession::rank() const { return state_->rank; }
std::size_t MpiSession::size() const { return state_->size; }
std::size_t MpiSession::rank_on_node() const { return state_->rank_on_node; }
std::size_t MpiSession::ranks_on_node() const { return state_->ranks_on_node; }

void MpiSession::collective(std::function<void()> const& work) const {
  state_->all_failed = false;
  auto const own = error_of(work);
  std::uint64_t const failed = all_reduce_min(own ? rank() : size());
  if (failed == size()) return;

  std::string const own_text = own ? bounded(own->what()) : "";
  std::string const text = broadcast_text(own_text, failed);
  int const own_kind = own ? own->exit_status() : 0;
  int kind = own_kind;
  broadcast_bytes(&kind, sizeof kind, failed);
  bool const agrees = own && own_kind == kind && own_text == text;
  bool const all_agree = all_reduce_min(agrees ? 1 : 0) == 1;
  state_->all_failed = true;
  Error const error(static_cast<ErrorKind>(kind), text);
  if (all_agree) throw CollectiveError(error);
  throw CollectiveError(error.within(fmt::format("rank {}", failed)), failed);
}

std::string MpiSession::broadcast(std::string const& text) const { return broadcast_text(text, 0); }

std::vector<std::string> MpiSession::all_gather(std::string const& text) const {
  return all_gather_texts(MPI_COMM_WORLD, text);
}

std::uint64_t MpiSession::all_reduce_min(std::uint64_t value) const {
  return moneta::all_reduce_min(value);
}

void MpiSession::abort(int exit_status) const {
  std::fflush(nullptr);
  if (size() > 1) MPI_Abort(MPI_COMM_WORLD, exit_status);
  std::_Exit(exit_status);
}

}  // namespace moneta
