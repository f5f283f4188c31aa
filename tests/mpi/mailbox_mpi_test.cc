// SPDX-License-Identifier: Apache-2.0
#include "comm/mailbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/philox.h"
#include "mpi/test_session.h"

namespace moneta {
namespace {

/// The text with index i that rank `from` posts: most are short, some empty, and a few 1 MB long.
std::string stress_text(std::size_t from, std::size_t i) {
  std::uint32_t const random = philox(7, from, i).word[0];
  std::size_t const length = i % 400 == 399 ? 1'000'000 : i % 50 == 0 ? 0 : random % 9000;
  std::string text(length, static_cast<char>('a' + random % 26));
  if (length > 16) text.replace(0, 8, fmt::format("#{}", i));
  return text;
}

/// Polls until `done` returns true; false if that takes longer than half a minute.
template <class Done>
bool poll_until(Mailbox& mailbox, std::vector<Message>& messages, Done const& done) {
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done()) {
    for (Message& each : mailbox.poll()) messages.push_back(std::move(each));
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

TEST(MailboxStress, DeliversEveryTextInOrder) {
  constexpr std::size_t texts = 2000;
  Mailbox mailbox(*session);
  std::vector<Message> received;
  for (std::size_t i = 0; i < texts; ++i) {
    mailbox.post(stress_text(session->rank(), i));
    if (i % 100 == 0) {
      for (Message& each : mailbox.poll()) received.push_back(std::move(each));
    }
  }
  bool const is_rank_0 = session->rank() == 0;
  if (is_rank_0) {
    EXPECT_TRUE(
        poll_until(mailbox, received, [&] { return received.size() >= texts * session->size(); }));
    EXPECT_FALSE(mailbox.shutdown_received());
    mailbox.send_shutdown();
  }
  EXPECT_TRUE(poll_until(mailbox, received, [&] { return mailbox.shutdown_received(); }));

  EXPECT_EQ(received.size(), is_rank_0 ? texts * session->size() : 0);
  std::vector<std::size_t> next(session->size());
  std::size_t wrong = 0;
  for (Message const& each : received) {
    wrong += each.text == stress_text(each.from, next[each.from]++) ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(MailboxPost, DoesNotWaitForRank0) {
  Mailbox mailbox(*session);
  session->collective([] {});
  if (session->rank() != 0) {
    auto const start = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) mailbox.post(std::string(i % 2 == 0 ? 100 : 200'000, 'x'));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
  } else {  // receives nothing meanwhile
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
  std::vector<Message> received;
  std::size_t const expected = session->rank() == 0 ? 200 * (session->size() - 1) : 0;
  EXPECT_TRUE(poll_until(mailbox, received, [&] { return received.size() >= expected; }));
  if (session->rank() == 0) mailbox.send_shutdown();
  EXPECT_TRUE(poll_until(mailbox, received, [&] { return mailbox.shutdown_received(); }));
}

TEST(MailboxDestructor, DoesNotWaitForRank0ToReceive) {
  auto const start = std::chrono::steady_clock::now();
  {
    Mailbox mailbox(*session);
    mailbox.post(std::string(1'000'000, 'x'));
    mailbox.post("short");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  session->collective([] {});
}

TEST(MailboxDestructor, WaitsASecondAtMostAfterAShutdown) {
  auto const start = std::chrono::steady_clock::now();
  {
    Mailbox mailbox(*session);
    mailbox.post(std::string(1'000'000, 'x'));
    if (session->rank() == 0) mailbox.send_shutdown();
    std::vector<Message> none;
    while (!mailbox.shutdown_received()) std::this_thread::yield();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  session->collective([] {});
}

TEST(Mailboxes, DoNotReceiveTextsOfEachOther) {
  Mailbox first(*session);
  Mailbox second(*session);
  first.post("first");
  second.post("second");
  std::size_t const expected = session->rank() == 0 ? session->size() : 0;
  std::vector<Message> received;
  EXPECT_TRUE(poll_until(second, received, [&] { return received.size() >= expected; }));
  for (Message const& each : received) EXPECT_EQ(each.text, "second");
  received.clear();
  EXPECT_TRUE(poll_until(first, received, [&] { return received.size() >= expected; }));
  for (Message const& each : received) EXPECT_EQ(each.text, "first");
}

TEST(MailboxSignals, HeartbeatAndStopRequestArriveBeforeTheShutdown) {
  Mailbox mailbox(*session);
  std::vector<Message> nothing;
  std::size_t const rank = session->rank();
  if (rank == 0) {
    mailbox.send_heartbeat();
    mailbox.send_heartbeat();
    mailbox.request_stop();
    mailbox.request_stop();
    mailbox.send_shutdown();
  }
  bool has_heartbeat = false;
  EXPECT_TRUE(poll_until(mailbox, nothing, [&] {
    has_heartbeat |= mailbox.heartbeat_received();
    return mailbox.stop_request_received() && (has_heartbeat || rank != 1);
  }));
  EXPECT_EQ(has_heartbeat, rank == 1);
  EXPECT_TRUE(mailbox.stop_request_received()) << "a stop request stays received";
  EXPECT_TRUE(poll_until(mailbox, nothing, [&] { return mailbox.shutdown_received(); }));
  EXPECT_FALSE(mailbox.heartbeat_received()) << "a heartbeat is reported once";
}

}  // namespace
}  // namespace moneta
