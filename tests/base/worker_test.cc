// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace moneta {
namespace {

using namespace std::chrono_literals;

/// Holds a worker's thread inside its handler until it is opened.
class Gate {
 public:
  void wait() {
    entered_.set_value();
    opened_.get_future().wait();
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_, opened_;
};

TEST(Worker, HandlesItemsInTheOrderOfPosting) {
  std::vector<int> handled, expected;
  Worker<int> worker("test", 1000, [&](int item) { handled.push_back(item); });
  for (int item = 0; item < 1000; ++item) {
    EXPECT_TRUE(worker.post(int(item)));
    expected.push_back(item);
  }
  worker.close();
  EXPECT_EQ(handled, expected);
}

TEST(Worker, RejectsItemsBeyondItsCapacityAndLeavesThemToTheCaller) {
  Gate gate;
  std::vector<std::string> handled;
  Worker<std::string> worker("test", 2, [&](std::string item) {
    if (item == "first") gate.wait();
    handled.push_back(std::move(item));
  });
  EXPECT_TRUE(worker.post("first"));
  gate.wait_until_entered();  // it does not count any more
  EXPECT_TRUE(worker.post("second"));
  EXPECT_TRUE(worker.post("third"));
  std::string rejected = "fourth";
  EXPECT_FALSE(worker.post(std::move(rejected)));
  EXPECT_EQ(rejected, "fourth");
  gate.open();
  worker.wait_for_room();
  EXPECT_TRUE(worker.post(std::move(rejected)));
  worker.close();
  EXPECT_EQ(handled, (std::vector<std::string>{"first", "second", "third", "fourth"}));
}

TEST(Worker, RejectsDroppableItemsBeforeOthers) {
  Gate gate;
  std::vector<int> handled;
  WorkerOptions options;
  options.droppable_capacity = 1;
  Worker<int> worker(
      "test", Worker<int>::unlimited,
      [&](int item) {
        if (item == 0) gate.wait();
        handled.push_back(item);
      },
      options);
  EXPECT_TRUE(worker.post(0));
  gate.wait_until_entered();
  EXPECT_TRUE(worker.post_droppable(1));
  EXPECT_FALSE(worker.post_droppable(2));
  EXPECT_TRUE(worker.post(3));
  gate.open();
  worker.close();
  EXPECT_EQ(handled, (std::vector<int>{0, 1, 3}));
}

TEST(Worker, HandlesWhatWaitsBeforeItCloses) {
  Gate gate;
  std::vector<int> handled;
  std::optional<Worker<int>> worker;
  worker.emplace("test", 10, [&](int item) {
    if (item == 0) gate.wait();
    handled.push_back(item);
  });
  for (int item = 0; item < 5; ++item) worker->post(int(item));
  gate.wait_until_entered();
  auto const closing = std::async(std::launch::async, [&] { worker->close(); });
  EXPECT_EQ(closing.wait_for(20ms), std::future_status::timeout);
  gate.open();
  closing.wait();
  EXPECT_EQ(handled, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_FALSE(worker->post(5));
  worker->close();  // does nothing
  worker.reset();
  EXPECT_EQ(handled.size(), 5u);
}

TEST(Worker, ClosesInItsDestructor) {
  std::vector<int> handled;
  {
    Worker<int>("test", 10, [&](int item) { handled.push_back(item); }).post(1);
  }
  EXPECT_EQ(handled, std::vector<int>{1});
}

TEST(Worker, ContinuesAfterAnExceptionAndReportsIt) {
  std::vector<std::string> handled, errors;
  WorkerOptions options;
  options.on_error = [&](std::exception const& failure) {
    errors.emplace_back(failure.what());
    throw std::runtime_error("ignored");
  };
  Worker<std::string> worker(
      "test", 10,
      [&](std::string item) {
        if (item == "bad") throw std::runtime_error("a bad item");
        handled.push_back(std::move(item));
      },
      options);
  worker.post("bad");
  worker.post("good");
  worker.close();
  EXPECT_EQ(errors, std::vector<std::string>{"a bad item"});
  EXPECT_EQ(handled, std::vector<std::string>{"good"});
}

TEST(Worker, WaitsUntilNothingWaitsOrIsHandled) {
  std::atomic<int> handled = 0;
  Worker<int> worker("test", 10, [&](int /*item*/) {
    std::this_thread::sleep_for(5ms);
    ++handled;
  });
  worker.wait_until_idle();  // nothing was posted
  for (int item = 0; item < 3; ++item) worker.post(int(item));
  worker.wait_until_idle();
  EXPECT_EQ(handled, 3);
}

TEST(Worker, TicksWhileItIsIdle) {
  std::promise<void> third;
  int ticks = 0;
  WorkerOptions options;
  options.tick_interval = 1ms;
  options.tick = [&] {
    if (++ticks == 3) third.set_value();
    if (ticks == 1) throw std::runtime_error("does not end the thread");
  };
  options.on_error = [](std::exception const&) {};
  Worker<int> worker(
      "test", 1, [](int) {}, options);
  EXPECT_EQ(third.get_future().wait_for(60s), std::future_status::ready);
}

TEST(Worker, TicksBetweenItemsAndNotAfterClose) {
  Gate first, last;
  std::vector<std::string> calls;
  WorkerOptions options;
  options.tick_interval = 1ms;
  options.tick = [&] { calls.emplace_back("tick"); };
  Worker<int> worker(
      "test", Worker<int>::unlimited,
      [&](int item) {
        calls.push_back(std::to_string(item));
        if (item == 0) first.wait();
        if (item == 1) last.wait();
        std::this_thread::sleep_for(2ms);  // the next tick is due
      },
      options);
  worker.post(0);
  first.wait_until_entered();
  worker.post(1);
  first.open();
  last.wait_until_entered();
  auto const start = std::find(calls.begin(), calls.end(), "0");
  EXPECT_EQ(std::vector<std::string>(start, calls.end()),
            (std::vector<std::string>{"0", "tick", "1"}));
  auto const closing = std::async(std::launch::async, [&] { worker.close(); });
  while (worker.post(2)) std::this_thread::sleep_for(1ms);  // until it is closed
  last.open();
  closing.wait();
  auto const end = std::find(calls.begin(), calls.end(), "1");
  EXPECT_EQ(std::find(end, calls.end(), "tick"), calls.end());
}

TEST(Worker, NamesItsThread) {
  std::promise<std::string> name;
  Worker<int> worker("fifteen_letters", 1, [&](int) {
    char text[16] = {};
    ::pthread_getname_np(::pthread_self(), text, sizeof text);
    name.set_value(text);
  });
  worker.post(0);
  EXPECT_EQ(name.get_future().get(), "fifteen_letters");
}

TEST(Worker, TakesItemsThatCannotBeCopied) {
  int handled = 0;
  Worker<std::unique_ptr<int>> worker("test", 1,
                                      [&](std::unique_ptr<int> item) { handled = *item; });
  worker.post(std::make_unique<int>(7));
  worker.close();
  EXPECT_EQ(handled, 7);
}

}  // namespace
}  // namespace moneta
