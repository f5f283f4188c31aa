// SPDX-License-Identifier: Apache-2.0
#include "comm/mailbox.h"

#include <chrono>
#include <deque>
#include <exception>
#include <limits>
#include <thread>
#include <utility>

#include "base/error.h"
#include "comm/session_state.h"

namespace moneta {
namespace {

constexpr int text_tag = 1;
constexpr int dismissal_tag = 2;
constexpr int life_tag = 3;
constexpr int stop_tag = 4;

/// A text on its way. It must stay where it is until the transfer is done.
struct Transfer {
  explicit Transfer(std::string bytes, std::size_t sender = 0)
      : text(std::move(bytes)), from(sender) {}

  std::string text;
  std::size_t from;
  MPI_Request request = MPI_REQUEST_NULL;

  bool done() {
    int flag = 0;
    MONETA_MPI(MPI_Test(&request, &flag, MPI_STATUS_IGNORE));
    return flag != 0;
  }
};

/// Shared, so that the session can keep what is still under way when the mailbox ends.
using Transfers = std::deque<std::shared_ptr<Transfer>>;

}  // namespace

struct Mailbox::State {
  explicit State(MpiSession::State& world)
      : session(world), communicator(world.duplicate()), blocked(world.size) {}

  void send(std::string text, std::size_t to, int tag);
  void send_to_others(int tag);
  bool take_sign(int tag) const;  ///< an empty text of rank 0 with this tag
  void forget_sent();
  void accept_arrivals();
  void leave();

  MpiSession::State& session;
  MPI_Comm communicator;
  Transfers outgoing, incoming;
  std::vector<Message> own;   ///< what rank 0 wrote to itself
  std::vector<bool> blocked;  ///< by sender: an earlier text is still incomplete
  bool shutdown_received = false, stop_request_received = false;
};

void Mailbox::State::send(std::string text, std::size_t to, int tag) {
  MONETA_REQUIRE(text.size() <= std::numeric_limits<int>::max(), internal,
                 "a text of {} bytes is too long for a message", text.size());
  auto& transfer = *outgoing.emplace_back(std::make_shared<Transfer>(std::move(text)));
  MONETA_MPI(MPI_Isend(transfer.text.data(), static_cast<int>(transfer.text.size()), MPI_CHAR,
                       static_cast<int>(to), tag, communicator, &transfer.request));
}

void Mailbox::State::send_to_others(int tag) {
  for (std::size_t to = 1; to < session.size; ++to) send("", to, tag);
}

bool Mailbox::State::take_sign(int tag) const {
  int found = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MONETA_MPI(MPI_Improbe(0, tag, communicator, &found, &message, MPI_STATUS_IGNORE));
  if (found == 0) return false;
  char nothing = 0;
  MONETA_MPI(MPI_Mrecv(&nothing, 0, MPI_CHAR, &message, MPI_STATUS_IGNORE));
  return true;
}

void Mailbox::State::forget_sent() {
  while (!outgoing.empty() && outgoing.front()->done()) outgoing.pop_front();
}

/// Starts to receive whatever has been announced. A large text may need its sender's help to
/// arrive, and the sender may be deep in an update: so it is not waited for.
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

/// Gives what is under way a moment, never more: the other side may be gone.
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
    // MPI is beyond repair; what matters is that its buffers stay valid.
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
  state_->forget_sent();
}

std::vector<Message> Mailbox::poll() {
  state_->forget_sent();
  if (state_->session.rank != 0) return {};
  state_->accept_arrivals();
  auto messages = std::exchange(state_->own, {});
  auto& blocked = state_->blocked;
  blocked.assign(blocked.size(), false);
  std::vector<bool> arrived;  // all are asked before any is moved: to ask may fail
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

bool Mailbox::all_sent() {
  state_->forget_sent();
  return state_->outgoing.empty();
}

void Mailbox::send_heartbeat() {
  if (state_->session.rank == 0 && state_->session.size > 1) state_->send("", 1, life_tag);
}

bool Mailbox::heartbeat_received() {
  bool lives = false;
  while (state_->session.rank == 1 && state_->take_sign(life_tag)) lives = true;
  return lives;
}

void Mailbox::request_stop() {
  if (state_->session.rank != 0 || state_->stop_request_received) return;
  state_->send_to_others(stop_tag);
  state_->stop_request_received = true;
}

bool Mailbox::stop_request_received() {
  if (state_->session.rank != 0 && !state_->stop_request_received) {
    state_->stop_request_received = state_->take_sign(stop_tag);
  }
  return state_->stop_request_received;
}

void Mailbox::send_shutdown() {
  if (state_->session.rank != 0 || state_->shutdown_received) return;
  state_->send_to_others(dismissal_tag);
  state_->shutdown_received = true;
}

bool Mailbox::shutdown_received() {
  state_->forget_sent();
  if (state_->session.rank != 0 && !state_->shutdown_received) {
    state_->shutdown_received = state_->take_sign(dismissal_tag);
  }
  return state_->shutdown_received;
}

}  // namespace moneta
