// SPDX-License-Identifier: Apache-2.0
#include "run/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/version.h"
#include "checkpoint/index.h"
#include "config/load.h"
#include "io/file.h"
#include "io/json_file.h"
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
  /// Makes a run that has trained one epoch of one coin.
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

TEST_F(OpenRun, StartsARunAndResumesIt) {
  { EXPECT_FALSE(open_run(config_).resumed); }
  train_once();
  OpenedRun const again = open_run(config_);
  EXPECT_TRUE(again.resumed);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(again.index.coins.size(), 1u);
}

TEST_F(OpenRun, AdmitsOneTrainingAtATimeAndChangesNothingForASecond) {
  train_once();
  std::string const before = read_file(run_.config(), 1 << 20);
  OpenedRun const first = open_run(config_);
  config_.train.epochs = 300;
  expect_error(ErrorKind::config, "another training writes to", [&] { open_run(config_); });
  EXPECT_EQ(read_file(run_.config(), 1 << 20), before);
}

TEST_F(OpenRun, WithoutCheckpointsMayStartWithAnotherModel) {
  { OpenedRun const opened = open_run(config_); }
  commit_config(config_);
  config_.model.hidden = 16;
  EXPECT_FALSE(open_run(config_).resumed);
}

TEST_F(OpenRun, WithCheckpointsRejectsAnotherModelAndNamesTheDifference) {
  train_once();
  config_.model.hidden = 16;
  expect_error(ErrorKind::config, "model.hidden: 1024 -> 16", [&] { open_run(config_); });
}

TEST_F(OpenRun, ReportsAllowedChanges) {
  train_once();
  config_.train.epochs = 300;
  OpenedRun const opened = open_run(config_);
  ASSERT_EQ(opened.changes.size(), 1u);
  EXPECT_EQ(opened.changes[0], "train.epochs: 200 -> 300");
}

TEST_F(OpenRun, FollowsTheResumePolicy) {
  config_.run.resume = ResumePolicy::always;
  expect_error(ErrorKind::config, "there is no run", [&] { open_run(config_); });
  EXPECT_FALSE(fs::exists(run_.root)) << "a rejected start creates no folder";
  config_.run.resume = ResumePolicy::automatic;
  train_once();
  config_.run.resume = ResumePolicy::never;
  expect_error(ErrorKind::config, "run.resume is never", [&] { open_run(config_); });
}

TEST_F(OpenRun, RejectsAConfigWithMissingParts) {
  train_once();
  write_bytes(run_.config(), "{}");
  expect_error(ErrorKind::data, "config.json' lacks 'run'", [&] { open_run(config_); });
}

TEST_F(OpenRun, IgnoresTheVersionInConfigJson) {
  train_once();
  Json json = read_json(run_.config());
  EXPECT_EQ(json.at("moneta"), version_text());
  for (Json const& version : {Json("0.0.1"), Json("99.1 (git 0123456)")}) {
    json["moneta"] = version;
    write_bytes(run_.config(), json.dump());
    EXPECT_TRUE(open_run(config_).changes.empty()) << version;
  }
  json.erase("moneta");  // as earlier versions wrote it
  write_bytes(run_.config(), json.dump());
  EXPECT_TRUE(open_run(config_).changes.empty());
}

TEST_F(OpenRun, WritesAConfigJsonThatCanBeTrainedAgain) {
  train_once();
  EXPECT_TRUE(compare_configs(load_config(run_.config()), config_).empty());
}

TEST_F(OpenRun, RestartsACoinWhoseFolderWasMovedAway) {
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

TEST_F(OpenRun, DeletesWhatInterruptedSavesLeft) {
  train_once();
  put("KRW-BTC/000000-000003.safetensors");      // written but never listed
  put("KRW-BTC/000002-000000.safetensors.tmp");  // partly written
  put("KRW-BTC/notes.txt");
  create_folder(run_.checkpoints() / "KRW-ETH");
  put("KRW-ETH/000001-000000.safetensors");  // of a coin that is not in the index
  OpenedRun const opened = open_run(config_);
  EXPECT_TRUE(has("KRW-BTC/000001-000000.safetensors"));
  EXPECT_FALSE(has("KRW-BTC/000000-000003.safetensors"));
  EXPECT_FALSE(has("KRW-BTC/000002-000000.safetensors.tmp"));
  EXPECT_TRUE(has("KRW-BTC/notes.txt"));
  EXPECT_TRUE(has("KRW-ETH/000001-000000.safetensors"));
}

}  // namespace
}  // namespace moneta
