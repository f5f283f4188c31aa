// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "base/error.h"
#include "telemetry/epoch_record.h"
#include "telemetry/export/event_file.h"
#include "telemetry/export/tensorboard.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

char const* const coins[] = {"KRW-BTC", "KRW-ETH",  "KRW-XRP", "KRW-SOL",
                             "KRW-ADA", "KRW-DOGE", "KRW-DOT", "KRW-AVAX"};

/// Writes the epochs `first` to `last` of eight coins like a new process.
void train(FreshFolder const& folder, std::int64_t first, std::int64_t last, double factor) {
  static std::int64_t now_ms = 1'617'233'400'250;
  TensorBoard board(
      folder / "tensorboard", [] { return now_ms += 250; },
      [](EventRecord const& event) { FAIL() << event.message; });
  for (char const* const coin : coins) {
    if (first == 1) break;
    board.on(EventRecord{.event = Event::resumed,
                         .coin = coin,
                         .rank = 1,
                         .details = {{"epoch", first - 1}, {"finished", false}}});
  }
  for (std::int64_t epoch = first; epoch <= last; ++epoch) {
    for (char const* const coin : coins) {
      EpochRecord record = numbered_record(coin, epoch, gpu_of_epoch());
      record.train_loss *= factor;
      if (epoch == 7) record.valid_loss = std::numeric_limits<double>::quiet_NaN();
      board.on(record);
    }
  }
}

/// Compares the points that TensorBoard's own reader finds with those of the test's decoder.
void expect_agreement(FreshFolder const& folder) {
  Json expected = Json::object();
  for (char const* const coin : coins) {
    for (auto const& [tag, points] :
         event_file::curves(folder / fmt::format("tensorboard/{}", coin))) {
      Json& list = expected[coin][tag] = Json::array();
      for (auto const& [step, value] : points) list.push_back({step, value});
    }
  }
  folder.write("expected.json", expected.dump());
  std::string const command = fmt::format(
      "'{}' '{}/telemetry/export/tensorboard_oracle.py' '{}' '{}'", MONETA_TENSORBOARD_PYTHON,
      MONETA_TESTS, (folder / "tensorboard").string(), (folder / "expected.json").string());
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(TensorBoardOracle, ReadsEveryNumberOfARun) {
  FreshFolder const folder;
  train(folder, 1, 20, 1);
  expect_agreement(folder);
}

TEST(TensorBoardOracle, DropsTheEpochsThatAResumedRunRepeats) {
  FreshFolder const folder;
  train(folder, 1, 20, 1);
  train(folder, 11, 14, 3);
  auto const curve = event_file::curves(folder / "tensorboard/KRW-BTC").at("loss/train");
  EXPECT_EQ(curve.size(), 14u);
  EXPECT_EQ(curve.at(10), static_cast<float>(1 / 11.0));
  EXPECT_EQ(curve.at(11), static_cast<float>(3 / 12.0));
  expect_agreement(folder);
  train(folder, 5, 4, 1);  // stopped again before an epoch was done
  EXPECT_EQ(event_file::curves(folder / "tensorboard/KRW-BTC").at("loss/train").size(), 4u);
  expect_agreement(folder);
}

}  // namespace
}  // namespace moneta
