// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "comm/session.h"

namespace moneta {

struct Message {
  std::size_t from = 0;
  std::string text;
};

/// Texts from any rank to rank 0, without waiting: non-blocking point-to-point sends, polled by
/// rank 0. Messages of one rank arrive in their order.
class Mailbox {
 public:
  explicit Mailbox(MpiSession& session);
  Mailbox(Mailbox const&) = delete;
  Mailbox& operator=(Mailbox const&) = delete;
  /// Does not wait for other ranks (after a dismissal: a second at most, for what is on its way).
  ~Mailbox();

  /// Queues a text for rank 0 (rank 0 may write to itself) and returns at once.
  void post(std::string text);
  /// Rank 0: what has arrived. Elsewhere: empty. Also moves pending sends on. Does not wait.
  std::vector<Message> poll();
  /// True when every text this rank posted has been handed over.
  bool all_sent();

  /// Rank 0: a sign of life for rank 1. Rank 1: true if one has come since the last call.
  void send_heartbeat();
  bool heartbeat_received();
  /// Rank 0: asks every other rank to stop. Others: true once rank 0 has.
  void request_stop();
  bool stop_request_received();
  /// Rank 0: tells every rank that it may leave. Others: true once rank 0 has said so.
  void send_shutdown();
  bool shutdown_received();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
