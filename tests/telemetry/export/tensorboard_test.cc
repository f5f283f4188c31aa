// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tensorboard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <memory>

#include "base/error.h"
#include "support/file_size_limit.h"
#include "telemetry/epoch_record.h"
#include "telemetry/export/event_file.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

constexpr std::int64_t start_ms = 1'617'233'400'250;
using Steps = std::map<std::int64_t, float>;

class TensorBoardTest : public testing::Test {
 protected:
  TensorBoard board() {
    return TensorBoard(
        folder / "run/tensorboard", [this] { return now_ms; },
        [this](EventRecord const& event) { events.push_back(event); });
  }
  static EventRecord event(Event event, Json details) {
    return {.event = event,
            .message = "it is so",
            .coin = "KRW-BTC",
            .rank = 1,
            .details = std::move(details)};
  }
  std::filesystem::path coin(std::string const& name = "KRW-BTC") const {
    return folder / ("run/tensorboard/" + name);
  }
  std::vector<event_file::Event> only_file() const {
    auto const files = event_file::files(coin());
    EXPECT_EQ(files.size(), 1u);
    return event_file::read(files.at(0));
  }
  std::vector<std::int64_t> steps_of(std::string const& name = "KRW-BTC") const {
    std::vector<std::int64_t> steps;
    auto const curves = event_file::curves(coin(name));
    for (auto const& [step, value] : curves.at("loss/train")) steps.push_back(step);
    return steps;
  }

  FreshFolder folder;
  std::int64_t now_ms = start_ms;
  std::vector<EventRecord> events;
};

TEST_F(TensorBoardTest, WritesAnEpochAtTheStepOfItsNumber) {
  board().on(numbered_record("KRW-BTC", 3, gpu_of_epoch()));
  std::string const name = event_file::files(coin()).at(0).filename().string();
  EXPECT_TRUE(name.starts_with("events.out.tfevents.1617233400.")) << name;
  EXPECT_TRUE(name.ends_with(fmt::format(".{}.0", ::getpid()))) << name;
  auto const all = only_file();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].file_version, "brain.Event:2");
  EXPECT_EQ(all[0].step, 0);
  EXPECT_TRUE(all[1].restarts);
  EXPECT_EQ(all[1].step, 3);
  for (auto const& each : all) EXPECT_EQ(each.wall_time, 1'617'233'400.25);
  EXPECT_EQ(all[2].step, 3);
  // clang-format off
  EXPECT_EQ(all[2].scalars, (std::map<std::string, float>{
      {"loss/train", 0.25f}, {"loss/valid", 0.275f}, {"loss/best", 0.2625f},
      {"learning_rate", static_cast<float>(5e-4 / 3)},
      {"gradient_norm/mean", 3.3f}, {"gradient_norm/max", 3.7f},
      {"sequences_per_second", 1237.5f},
      {"seconds/train", 15.5f}, {"seconds/valid", 4.5f}, {"seconds/wait", 3.25f},
      {"skipped_updates", 6}, {"memory/host", 5'000'000'003.0f},
      {"device/samples", 30},
      {"device/memory_max_bytes", 11'000'000'000.0f},
      {"device/memory_total_bytes", 12'884'901'888.0f},
      {"device/process_max_bytes", 10'500'000'000.0f},
      {"device/temperature_max_c", 71},
      {"device/power_mean_w", 320.5f}, {"device/power_limit_w", 345},
      {"device/utilisation_mean_percent", 97}, {"device/memory_utilisation_mean_percent", 50},
      {"device/sm_clock_mean_mhz", 1700},
      {"device/throttled_share", 0.25f}, {"device/throttle_reasons/power_cap", 0.25f},
      {"device/other_processes_max", 0}}));
  // clang-format on
  EXPECT_TRUE(events.empty());
}

TEST_F(TensorBoardTest, CreatesNoFileBeforeTheFirstEpoch) {
  TensorBoard quiet = board();
  quiet.on(event(Event::model_saved, {{"epoch", 3}}));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(TensorBoardTest, LeavesOutNumbersThatAreNotFiniteAsFloat) {
  EpochRecord record = numbered_record("KRW-BTC", 1);
  record.train_loss = std::numeric_limits<double>::quiet_NaN();
  record.valid_loss = -std::numeric_limits<double>::infinity();
  record.best_valid_loss = 1e39;  // infinite as a float
  record.gradient_norm_max = 3e38;
  record.device = {{"power_w", nullptr}, {"reasons", {1, 2}}, {"name", "a card"}};
  board().on(record);
  auto const scalars = only_file().at(2).scalars;
  EXPECT_EQ(scalars.size(), 9u);
  EXPECT_FALSE(scalars.contains("loss/train"));
  EXPECT_FALSE(scalars.contains("loss/valid"));
  EXPECT_FALSE(scalars.contains("loss/best"));
  EXPECT_EQ(scalars.at("gradient_norm/max"), 3e38f);
}

TEST_F(TensorBoardTest, AppendsEachEpochAtOnceToTheFileOfItsCoin) {
  TensorBoard writer = board();
  std::string before;
  for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
    for (char const* const name : {"KRW-BTC", "KRW-ETH"}) {
      writer.on(numbered_record(name, epoch));
      EXPECT_EQ(steps_of(name).size(), static_cast<std::size_t>(epoch));
    }
    std::string const bytes = read_bytes(event_file::files(coin()).at(0));
    EXPECT_TRUE(bytes.starts_with(before));
    before = bytes;
  }
  EXPECT_EQ(event_file::files(coin()).size(), 1u);
  EXPECT_EQ(event_file::files(coin("KRW-ETH")).size(), 1u);
}

TEST_F(TensorBoardTest, ResumedRunDropsTheEpochsItRepeats) {
  {
    TensorBoard first = board();
    for (std::int64_t epoch = 1; epoch <= 5; ++epoch) first.on(numbered_record("KRW-BTC", epoch));
  }
  TensorBoard second = board();
  now_ms -= 100'000;  // the clock was wrong before
  second.on(event(Event::resumed, {{"epoch", 3}, {"finished", false}}));
  EXPECT_EQ(event_file::files(coin()).size(), 2u);
  EXPECT_EQ(steps_of(), (std::vector<std::int64_t>{1, 2, 3}));
  EpochRecord again = numbered_record("KRW-BTC", 4);
  again.train_loss = 0.5;
  second.on(again);
  auto const files = event_file::files(coin());
  ASSERT_EQ(files.size(), 2u);
  auto const newest = event_file::read(files[1]);
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(newest[0].file_version, "brain.Event:2");
  EXPECT_TRUE(newest[1].restarts);
  EXPECT_EQ(newest[1].step, 4);
  EXPECT_EQ(event_file::curves(coin()).at("loss/train"),
            (Steps{{1, 0.5f}, {2, 1.0f / 3}, {3, 0.25f}, {4, 0.5f}}));
}

TEST_F(TensorBoardTest, ResumedRunDropsRepeatedEpochsWithoutAnEvent) {
  for (std::int64_t const last : {5, 4, 3}) {  // in the same second
    TensorBoard writer = board();
    for (std::int64_t epoch = 2; epoch <= last; ++epoch) {
      writer.on(numbered_record("KRW-BTC", epoch));
    }
  }
  EXPECT_EQ(event_file::files(coin()).size(), 3u);
  EXPECT_EQ(steps_of(), (std::vector<std::int64_t>{2, 3}));
}

TEST_F(TensorBoardTest, FinishedCoinHasNoNewFile) {
  board().on(numbered_record("KRW-BTC", 5));
  board().on(event(Event::resumed, {{"epoch", 5}, {"finished", true}}));
  EXPECT_EQ(event_file::files(coin()).size(), 1u);
}

TEST_F(TensorBoardTest, RolledBackCoinDropsItsLaterEpochs) {
  TensorBoard writer = board();
  for (std::int64_t epoch = 1; epoch <= 4; ++epoch) writer.on(numbered_record("KRW-BTC", epoch));
  writer.on(event(Event::rolled_back, {{"epoch", 2}}));
  EXPECT_EQ(steps_of(), (std::vector<std::int64_t>{1, 2}));
  writer.on(numbered_record("KRW-BTC", 3));
  EXPECT_EQ(steps_of(), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(only_file().size(), 8u);         // version, two restarts, five epochs
  writer.on(numbered_record("KRW-BTC", 2));  // without an event
  EXPECT_EQ(steps_of(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(TensorBoardTest, IgnoresEventDetailsOfOtherTypes) {
  TensorBoard writer = board();
  writer.on(numbered_record("KRW-BTC", 1));
  for (Json const& details : {Json(nullptr), Json::array(), Json::object(), Json{{"epoch", "3"}}}) {
    EXPECT_NO_THROW(writer.on(event(Event::resumed, details)));
  }
  EXPECT_EQ(only_file().size(), 3u);
}

TEST_F(TensorBoardTest, ContinuesInANewFileIfTheOldOneIsDeleted) {
  TensorBoard writer = board();
  writer.on(numbered_record("KRW-BTC", 1));
  std::filesystem::remove_all(folder / "run");
  writer.on(numbered_record("KRW-BTC", 2));
  auto const all = only_file();
  EXPECT_EQ(all.at(0).file_version, "brain.Event:2");
  EXPECT_EQ(steps_of(), (std::vector<std::int64_t>{2}));
  EXPECT_TRUE(events.empty());
}

TEST_F(TensorBoardTest, OnAFullDiskReportsOneEventAndLosesNothing) {
  TensorBoard writer = board();
  writer.on(numbered_record("KRW-BTC", 1));
  writer.on(numbered_record("KRW-ETH", 1));
  auto const path = event_file::files(coin()).at(0);
  {
    FileSizeLimit const full(std::filesystem::file_size(path) + 30);  // inside a record
    for (std::int64_t const epoch : {2, 3}) {
      EXPECT_NO_THROW(writer.on(numbered_record("KRW-BTC", epoch)));
      EXPECT_NO_THROW(writer.on(numbered_record("KRW-ETH", epoch)));
    }
    EXPECT_THROW(event_file::read(path), std::runtime_error);
  }
  writer.on(numbered_record("KRW-BTC", 4));  // the disk has space again
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].severity, Severity::warning);
  EXPECT_EQ(events[0].event, Event::tensorboard_not_written);
  EXPECT_NE(events[0].message.find("'" + path.string() + "' (File too large)"), std::string::npos)
      << events[0].message;
  EXPECT_EQ(events[0].details["path"], path.string());
  writer.on(numbered_record("KRW-ETH", 4));
  EXPECT_EQ(only_file().size(), 6u);
  for (char const* const name : {"KRW-BTC", "KRW-ETH"}) {
    EXPECT_EQ(steps_of(name), (std::vector<std::int64_t>{1, 2, 3, 4}));
  }
  FileSizeLimit const full_again(1);
  writer.on(numbered_record("KRW-BTC", 5));
  EXPECT_EQ(events.size(), 2u);
}

TEST_F(TensorBoardTest, WithoutItsFolderReportsOneEventAndLosesNothing) {
  folder.write("run/tensorboard", "a file is in the way");
  TensorBoard writer = board();
  writer.on(event(Event::resumed, {{"epoch", 1}}));
  writer.on(numbered_record("KRW-BTC", 2));
  writer.on(event(Event::rolled_back, {{"epoch", 0}}));
  writer.on(numbered_record("KRW-BTC", 1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NE(events[0].message.find("'" + coin().string() + "' (Not a directory)"),
            std::string::npos)
      << events[0].message;
  std::filesystem::remove(folder / "run/tensorboard");
  writer.on(numbered_record("KRW-BTC", 2));
  EXPECT_EQ(event_file::curves(coin()).at("loss/train"), (Steps{{1, 0.5f}, {2, 1.0f / 3}}));
  EXPECT_EQ(only_file().at(1).step, 1);
}

TEST_F(TensorBoardTest, BoundsTheMemoryOfWaitingEpochs) {
  folder.write("run/tensorboard", "a file is in the way");
  TensorBoard writer = board();
  Json many = Json::object();
  for (int i = 0; i < 1000; ++i) many[fmt::format("number {}", i)] = i;
  for (std::int64_t epoch = 1; epoch <= 100; ++epoch) {
    writer.on(numbered_record("KRW-BTC", epoch, many));
  }
  std::filesystem::remove(folder / "run/tensorboard");
  writer.on(numbered_record("KRW-BTC", 101));
  std::size_t const kept = steps_of().size();
  EXPECT_GT(kept, 10u);
  EXPECT_LT(kept, 90u);
  EXPECT_LT(std::filesystem::file_size(event_file::files(coin()).at(0)), std::size_t{5} << 18);
  writer.on(numbered_record("KRW-BTC", 102));
  EXPECT_EQ(steps_of().size(), kept + 1);
  EXPECT_EQ(steps_of().back(), 102);
}

TEST_F(TensorBoardTest, OnFailureMayCallItAgain) {
  folder.write("run/tensorboard", "a file is in the way");
  std::size_t calls = 0;
  std::unique_ptr<TensorBoard> writer;
  writer = std::make_unique<TensorBoard>(
      folder / "run/tensorboard", [this] { return now_ms; },
      [&](EventRecord const& failure) {
        ++calls;
        writer->on(failure);
      });
  writer->on(numbered_record("KRW-BTC", 1));
  EXPECT_EQ(calls, 1u);
}

}  // namespace
}  // namespace moneta
