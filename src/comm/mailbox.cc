// SPDX-License-Identifier: Apache-2.0
#include "comm/mailbox.h"

#include <chrono>
#include <deque>
#include <exception>
#include <limits>
#include <thread>
#include <utility>

#include "base/error.h"
#include "comm/check.h"
#include "comm/session_state.h"

namespace moneta {
namespace {

constexpr int text_tag = 1;
constexpr int shutdown_tag = 2;
constexpr int heartbeat_tag = 3;
constexpr int stop_tag = 4;

/// A text that is being sent or received. MPI accesses it until the transfer is done, so it must
/// not move.
struct Transfer {
  explicit Transfer(std::string bytes, std::size_t sender = 0)
      : text(std::move(bytes)), from(sender) {}

  std::string text;
  std::size_t from;  ///< the sender, of an incoming text
  MPI_Request request = MPI_REQUEST_NULL;

  bool done() {
    int flag = 0;
    MONETA_MPI(MPI_Test(&request, &flag, MPI_STATUS_IGNORE));
    return flag != 0;
  }
};

/// Shared, so that the session can keep unfinished transfers when the mailbox is destroyed.
using Transfers = std::deque<std::shared_ptr<Transfer>>;

}  // namespace

struct Mailbox::State {
  explicit State(MpiSession::State& world)
      : session(world), communicator(world.duplicate()), blocked(world.size) {}

  void send(std::string text, std::size_t to, int tag);
  void send_signal_to_others(int tag);
  /// True if an empty message with this tag has arrived from rank 0; receives one.
  bool receive_signal(int tag) const;
  void discard_sent();
  void accept_arrivals();
  void leave();

  MpiSession::State& session;
  MPI_Comm communicator;
  Transfers outgoing, incoming;
  std::vector<Message> own;   ///< texts that rank 0 posted to itself
  std::vector<bool> blocked;  ///< by sender: an earlier text of it is still incomplete
  bool shutdown_received = false, stop_request_received = false;
};

void Mailbox::State::send(std::string text, std::size_t to, int tag) {
  MONETA_REQUIRE(text.size() <= std::numeric_limits<int>::max(), internal,
                 "a text of {} bytes is too long for a message", text.size());
  auto& transfer = *outgoing.emplace_back(std::make_shared<Transfer>(std::move(text)));
  MONETA_MPI(MPI_Isend(transfer.text.data(), static_cast<int>(transfer.text.size()), MPI_CHAR,
                       static_cast<int>(to), tag, communicator, &transfer.request));
}

void Mailbox::State::send_signal_to_others(int tag) {
  for (std::size_t to = 1; to < session.size; ++to) send("", to, tag);
}

bool Mailbox::State::receive_signal(int tag) const {
  int found = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MONETA_MPI(MPI_Improbe(0, tag, communicator, &found, &message, MPI_STATUS_IGNORE));
  if (found == 0) return false;
  char empty = 0;
  MONETA_MPI(MPI_Mrecv(&empty, 0, MPI_CHAR, &message, MPI_STATUS_IGNORE));
  return true;
}

void Mailbox::State::discard_sent() {
  while (!outgoing.empty() && outgoing.front()->done()) outgoing.pop_front();
}

/// Starts to receive every text that has been announced. A large text arrives only while its sender
/// calls MPI, and the sender may be computing an update, so this function does not wait for it.
void Mailbox::State::accept_arrivals() {
  for (;;) {
    int found = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    MONETA_MPI(MPI_Improbe(MPI_ANY_SOURCE, text_tag, communicator, &found, &message, &status));
    if (found == 0) return;
    int bytes = 0;
    MONETA_MPI(MPI_Get_count(&status, MPI_CHAR, &bytes));
    auto& transfer = *incoming.emplace_back(
        std::make_shared<Transfer>(std::string(static_cast<std::size_t>(bytes), '\0'),
                                   static_cast<std::size_t>(status.MPI_SOURCE)));
    MONETA_MPI(MPI_Imrecv(transfer.text.data(), bytes, MPI_CHAR, &message, &transfer.request));
  }
}

/// After a shutdown, waits up to a second for unfinished transfers; otherwise does not wait,
/// because the other rank may be gone.
void Mailbox::State::leave() {
  using std::chrono::steady_clock;
  auto const deadline = steady_clock::now() + std::chrono::seconds(shutdown_received ? 1 : 0);
  for (Transfers* const transfers : {&outgoing, &incoming}) {
    for (auto& transfer : *transfers) {
      bool done = transfer->done();
      while (!done && steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        done = transfer->done();
      }
      if (done) continue;
      MONETA_MPI(MPI_Request_free(&transfer->request));
      session.buffers.push_back(transfer);
    }
  }
}

Mailbox::Mailbox(MpiSession& session) : state_(std::make_unique<State>(*session.state_)) {}

Mailbox::~Mailbox() {
  try {
    state_->leave();
  } catch (std::exception const&) {
    // MPI has failed and cannot be used any more, but its buffers must stay valid.
    for (auto& each : state_->outgoing) state_->session.buffers.push_back(each);
    for (auto& each : state_->incoming) state_->session.buffers.push_back(each);
  }
}

void Mailbox::post(std::string text) {
  if (state_->session.rank == 0) {
    state_->own.push_back({0, std::move(text)});
    return;
  }
  state_->send(std::move(text), 0, text_tag);
  state_->discard_sent();
}

std::vector<Message> Mailbox::poll() {
  state_->discard_sent();
  if (state_->session.rank != 0) return {};
  state_->accept_arrivals();
  auto messages = std::exchange(state_->own, {});
  auto& blocked = state_->blocked;
  blocked.assign(blocked.size(), false);
  std::vector<bool> arrived;  // tested for all texts before any is moved, since a test may throw
  for (auto const& each : state_->incoming) {
    arrived.push_back(!blocked[each->from] && each->done());
    if (!arrived.back()) blocked[each->from] = true;
  }
  Transfers unfinished;
  for (std::size_t i = 0; i < arrived.size(); ++i) {
    auto& each = state_->incoming[i];
    if (arrived[i]) {
      messages.push_back({each->from, std::move(each->text)});
    } else {
      unfinished.push_back(std::move(each));
    }
  }
  state_->incoming = std::move(unfinished);
  return messages;
}

void Mailbox::send_heartbeat() {
  if (state_->session.rank == 0 && state_->session.size > 1) state_->send("", 1, heartbeat_tag);
}

bool Mailbox::heartbeat_received() {
  bool received = false;
  while (state_->session.rank == 1 && state_->receive_signal(heartbeat_tag)) received = true;
  return received;
}

void Mailbox::request_stop() {
  if (state_->session.rank != 0 || state_->stop_request_received) return;
  state_->send_signal_to_others(stop_tag);
  state_->stop_request_received = true;
}

bool Mailbox::stop_request_received() {
  if (state_->session.rank != 0 && !state_->stop_request_received) {
    state_->stop_request_received = state_->receive_signal(stop_tag);
  }
  return state_->stop_request_received;
}

void Mailbox::send_shutdown() {
  if (state_->session.rank != 0 || state_->shutdown_received) return;
  state_->send_signal_to_others(shutdown_tag);
  state_->shutdown_received = true;
}

bool Mailbox::shutdown_received() {
  state_->discard_sent();
  if (state_->session.rank != 0 && !state_->shutdown_received) {
    state_->shutdown_received = state_->receive_signal(shutdown_tag);
  }
  return state_->shutdown_received;
}

}  // namespace moneta
