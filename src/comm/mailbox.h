// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "comm/session.h"

namespace moneta {

struct Message {
  std::size_t from = 0;  ///< rank of the sender
  std::string text;
};

/// Non-blocking messages: texts from every rank to rank 0, and signals from rank 0 to the others.
/// Texts of one rank arrive in the order in which they were posted. No function waits for another
/// rank; each throws Error (internal) if MPI fails. Messages make progress only while both ranks
/// call functions of their mailboxes.
class Mailbox {
 public:
  /// All ranks create their mailboxes in the same order.
  explicit Mailbox(MpiSession& session);
  Mailbox(Mailbox const&) = delete;
  Mailbox& operator=(Mailbox const&) = delete;
  /// After a shutdown, waits up to a second for unfinished transfers.
  ~Mailbox();

  /// Queues a text for rank 0, which may post to itself.
  void post(std::string text);
  /// On rank 0: the texts that have arrived since the last call. Elsewhere: none.
  std::vector<Message> poll();

  /// Rank 0 sends a heartbeat to rank 1.
  void send_heartbeat();
  /// On rank 1: true if a heartbeat has arrived since the last call. Elsewhere: false.
  bool heartbeat_received();

  /// Rank 0 asks all other ranks to stop; later calls have no effect.
  void request_stop();
  /// True once `request_stop` was called (on rank 0) or has arrived.
  bool stop_request_received();

  /// Rank 0 allows all other ranks to exit; later calls have no effect.
  void send_shutdown();
  /// True once `send_shutdown` was called (on rank 0) or has arrived.
  bool shutdown_received();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
