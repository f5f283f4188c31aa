// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "checkpoint/index.h"
#include "io/commit_file.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

class OpenRun : public testing::Test {
 protected:
  OpenRun() {
    config_.run.folder = (folder_ / "runs").string();
    config_.run.name = "a";
  }
  /// A run that has trained an epoch of one coin.
  void train_once() {
    OpenedRun const opened = open_run(config_);
    commit_config(config_);
    CheckpointIndex index;
    SavedCheckpoint saved;
    saved.coin = "KRW-BTC";
    saved.file = "KRW-BTC/000001-000000.safetensors";
    saved.sha256 = std::string(64, '0');
    saved.bytes = 4;
    saved.epoch = 1;
    saved.precision = "f32";
    index.coins["KRW-BTC"] = {saved};
    create_folder(run_.checkpoints() / "KRW-BTC");
    put(saved.file);
    write_index(run_.checkpoints(), index);
  }
  void put(std::string const& file) { std::ofstream(run_.checkpoints() / file) << "data"; }
  bool has(std::string const& file) const { return fs::exists(run_.checkpoints() / file); }

  ScratchFolder const folder_;
  Config config_;
  RunFolder const run_{folder_ / "runs/a"};
};

TEST_F(OpenRun, StartsARunAndGoesOnWithIt) {
  { EXPECT_FALSE(open_run(config_).resumed); }
  train_once();
  OpenedRun const again = open_run(config_);
  EXPECT_TRUE(again.resumed);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(again.index.coins.size(), 1u);
}

TEST_F(OpenRun, LetsOneTrainingInAtATimeAndChangesNothingForTheOther) {
  train_once();
  std::string const before = read_file(run_.config(), 1 << 20);
  OpenedRun const first = open_run(config_);
  config_.train.epochs = 300;
  expect_error(ErrorKind::config, "another training writes to", [&] { open_run(config_); });
  EXPECT_EQ(read_file(run_.config(), 1 << 20), before);
}

TEST_F(OpenRun, ThatNeverTrainedMayStartWithAnotherModel) {
  { OpenedRun const opened = open_run(config_); }
  commit_config(config_);
  config_.model.hidden = 16;
  EXPECT_FALSE(open_run(config_).resumed);
}

TEST_F(OpenRun, ThatTrainedRefusesAnotherModelAndNamesTheDifference) {
  train_once();
  config_.model.hidden = 16;
  expect_error(ErrorKind::config, "model.hidden: 1024 -> 16", [&] { open_run(config_); });
}

TEST_F(OpenRun, TellsOfAllowedChanges) {
  train_once();
  config_.train.epochs = 300;
  OpenedRun const opened = open_run(config_);
  ASSERT_EQ(opened.changes.size(), 1u);
  EXPECT_EQ(opened.changes[0], "train.epochs: 200 -> 300");
}

TEST_F(OpenRun, KeepsToThePolicy) {
  config_.run.resume = ResumePolicy::always;
  expect_error(ErrorKind::config, "there is no run", [&] { open_run(config_); });
  EXPECT_FALSE(fs::exists(run_.root)) << "a run that is refused leaves a folder";
  config_.run.resume = ResumePolicy::automatic;
  train_once();
  config_.run.resume = ResumePolicy::never;
  expect_error(ErrorKind::config, "run.resume is never", [&] { open_run(config_); });
}

TEST_F(OpenRun, RefusesAConfigThatHasLostParts) {
  train_once();
  write_bytes(run_.config(), "{}");
  expect_error(ErrorKind::data, "config.json' lacks 'run'", [&] { open_run(config_); });
}

TEST_F(OpenRun, StartsACoinAgainWhoseFolderWasMovedAway) {
  train_once();
  fs::remove_all(run_.checkpoints() / "KRW-BTC");
  {
    OpenedRun const opened = open_run(config_);
    EXPECT_EQ(opened.restarted, std::vector<std::string>{"KRW-BTC"});
    EXPECT_TRUE(opened.index.coins.empty());
  }
  EXPECT_TRUE(read_index(run_.checkpoints()).coins.empty());
  EXPECT_TRUE(open_run(config_).restarted.empty());
}

TEST_F(OpenRun, RemovesWhatInterruptedSavesLeft) {
  train_once();
  put("KRW-BTC/000000-000003.safetensors");      // written, and never listed
  put("KRW-BTC/000002-000000.safetensors.tmp");  // half written
  put("KRW-BTC/notes.txt");
  create_folder(run_.checkpoints() / "KRW-ETH");
  put("KRW-ETH/000001-000000.safetensors");  // of a coin that the index does not know
  OpenedRun const opened = open_run(config_);
  EXPECT_TRUE(has("KRW-BTC/000001-000000.safetensors"));
  EXPECT_FALSE(has("KRW-BTC/000000-000003.safetensors"));
  EXPECT_FALSE(has("KRW-BTC/000002-000000.safetensors.tmp"));
  EXPECT_TRUE(has("KRW-BTC/notes.txt"));
  EXPECT_TRUE(has("KRW-ETH/000001-000000.safetensors"));
}

}  // namespace
}  // namespace moneta
