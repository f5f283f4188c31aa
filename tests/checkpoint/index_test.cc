// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/index.h"

#include <gtest/gtest.h>

#include <cmath>

#include "checkpoint/sample_state.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

SavedCheckpoint entry(std::int64_t epoch, std::int64_t update_in_epoch = 0, double loss = 1,
                      std::string const& coin = "A") {
  CoinProgress progress;
  progress.epoch = epoch;
  progress.update_in_epoch = update_in_epoch;
  SavedCheckpoint saved;
  saved.coin = coin;
  saved.file = checkpoint_file_name(coin, progress);
  saved.sha256 = std::string(64, 'a');
  saved.bytes = 123;
  saved.epoch = epoch;
  saved.update_in_epoch = update_in_epoch;
  saved.update = epoch * 100 + update_in_epoch;
  saved.valid_loss = loss;
  saved.micro_batch = 16;
  saved.precision = "bf16";
  return saved;
}

CheckpointIndex sample_index() {
  CheckpointIndex index;
  index.coins["A"] = {entry(1, 0, 0.5), entry(2, 0, 0.25), entry(2, 7, 0.25)};
  index.coins["B-2.x_y"] = {entry(0, 3, 0, "B-2.x_y")};
  index.coins["C"] = {};
  return index;
}

TEST(Index, OfAFolderWithoutOneIsEmpty) {
  ScratchFolder const folder;
  EXPECT_TRUE(read_index(folder.path()).coins.empty());
  EXPECT_TRUE(read_index(folder / "missing").coins.empty());
}

TEST(Index, ComesBackAsItWasWritten) {
  ScratchFolder const folder;
  write_index(folder / "new", sample_index());
  EXPECT_EQ(read_index(folder / "new"), sample_index());
}

TEST(Index, NamesTheLstmAlgorithmOnlyIfItIsNotTheOneThatAllHave) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  EXPECT_EQ(read_bytes(folder / "index.json").find("lstm_algorithm"), std::string::npos);
  CheckpointIndex index = sample_index();
  index.coins["A"][1].lstm_algorithm = "persistent";
  write_index(folder.path(), index);
  EXPECT_EQ(read_index(folder.path()), index);
}

TEST(Index, KeepsLossesExactlyAlsoThoseThatAreNotFinite) {
  ScratchFolder const folder;
  CheckpointIndex index;
  index.coins["A"] = {entry(1, 0, 0.1 + 0.2), entry(2, 0, std::nan("")), entry(3, 0, INFINITY)};
  write_index(folder.path(), index);
  auto const back = read_index(folder.path()).coins.at("A");
  EXPECT_EQ(back[0].valid_loss, 0.1 + 0.2);
  EXPECT_TRUE(std::isnan(back[1].valid_loss));
  EXPECT_EQ(back[2].valid_loss, INFINITY);
}

TEST(Index, TellsPeopleWhichIsLastAndBest) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  std::string const text = read_bytes(folder / "index.json");
  EXPECT_NE(text.find(R"("last": "A/000002-000007.safetensors")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("best": "A/000002-000000.safetensors")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("best": null)"), std::string::npos) << text;
}

TEST(Index, ThatCannotBeWrittenLeavesTheOldOne) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  {
    FileSizeLimit const limit(200);
    expect_error(ErrorKind::disk, "index.json' (File too large)", [&] {
      write_index(folder.path(), {}), write_index(folder.path(), sample_index());
    });
  }
  EXPECT_TRUE(read_index(folder.path()).coins.empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "index.json.tmp"));
}

struct BadIndexCase {
  char const* name;
  char const* what;
  char const* by;
  char const* message;
};

class BadIndex : public testing::TestWithParam<BadIndexCase> {};

TEST_P(BadIndex, IsRefusedAndHowToMendItIsSaid) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  std::string text = read_bytes(folder / "index.json");
  auto const at = text.find(GetParam().what);
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, std::string(GetParam().what).size(), GetParam().by);
  write_bytes(folder / "index.json", text);
  auto const read = [&] { (void)read_index(folder.path()); };
  expect_error(ErrorKind::data, GetParam().message, read);
  expect_error(ErrorKind::data, "Put a copy of the file back, or move the folder", read);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadIndex, testing::ValuesIn(std::vector<BadIndexCase>{
    {"NotJson",       "{",                              "",                     "is not valid JSON"},
    {"OtherFormat",   "moneta-checkpoint-index",        "x",                    "is not an index of checkpoints"},
    {"OtherVersion",  "\"version\": 1",                 "\"version\": 2",       "is of version 2 (this program reads version 1)"},
    {"NoVersion",     "\"version\": 1,",                "",                     "lacks the field 'version'"},
    {"MoreFields",    "\"version\": 1,",                "\"version\": 1, \"x\": 1,", "has the field 'x'"},
    {"CoinsList",     "\"coins\":",                     "\"coins\": [], \"y\":", "has 'coins' that are not an object"},
    {"CoinLeadsOut",  "\"A\": {",                       "\"..\": {",            "coin '..' is not a coin's name"},
    {"CoinTwice",     "\"A\": {",                       "\"C\": {",             "has the key 'C' twice"},
    {"FileLeadsOut",  "\"file\": \"A/000001-000000",    "\"file\": \"../000001-000000", "names the file '../000001-000000.safetensors' (A/000001-000000.safetensors belongs there)"},
    {"FileAbsolute",  "\"file\": \"A/000001-000000.safetensors\"", "\"file\": \"/etc/passwd\"", "names the file '/etc/passwd'"},
    {"FileOfAnother", "\"file\": \"A/000001-000000",    "\"file\": \"A/000002-000000", "names the file 'A/000002-000000.safetensors'"},
    {"DigestShort",   "\"sha256\": \"aaa",              "\"sha256\": \"",       "entry 1 has the sha256 'aaaa"},
    {"DigestLetters", "\"sha256\": \"aaa",              "\"sha256\": \"aAa",    "entry 1 has the sha256 'aAaa"},
    {"LstmAlgorithm", "\"precision\":",                 "\"lstm_algorithm\": \"x\", \"precision\":", "entry 1 has the lstm_algorithm 'x' (standard or"},
    {"BytesNegative", "\"bytes\": 123",                 "\"bytes\": -1",        "entry 1 has the field 'bytes' as -1"},
    {"EpochText",     "\"epoch\": 1",                   "\"epoch\": \"1\"",     "entry 1 has the field 'epoch' as \"1\""},
    {"EpochOther",    "\"epoch\": 1",                   "\"epoch\": 9",         "names the file"},
    {"FinishedText",  "\"finished\": false",            "\"finished\": 0",      "entry 1 has the field 'finished' as number"},
    {"ListIsObject",  "\"checkpoints\": [",             "\"checkpoints\": {}, \"y\": [", "has no list of checkpoints"},
    {"OtherLast",     "\"last\": \"A/000002-000007",    "\"last\": \"A/000002-000000", "has another 'last'"},
    {"OtherLoss",     "\"valid_loss\": 0.5",           "\"valid_loss\": 0.6",   "is damaged or was changed (its SHA-256"},
    {"DigestEmpty",   "\n \"sha256\": \"",             "\n \"sha256\": \"0",    "is damaged or was changed (its SHA-256"},
    {"OtherBest",     "\"best\": \"A/000002-000000",    "\"best\": \"A/000001-000000", "has another 'best'"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Index, WithACoinThatALinkLeadsOutIsRefused) {
  ScratchFolder const folder;
  write_index(folder / "checkpoints", sample_index());
  std::filesystem::create_directory(folder / "away");
  std::filesystem::create_directory_symlink(folder / "away", folder / "checkpoints/A");
  expect_error(ErrorKind::data, "checkpoints/A' leads out of the folder '",
               [&] { (void)read_index(folder / "checkpoints"); });
}

TEST(Index, OfAnOlderProgramHasNoDigest) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  std::string const text = read_bytes(folder / "index.json");
  auto const at = text.rfind(",\n \"sha256\"");
  write_bytes(folder / "index.json", text.substr(0, at) + "\n}\n");
  EXPECT_EQ(read_index(folder.path()), sample_index());
}

TEST(Index, WithAFileTwiceIsRefused) {
  ScratchFolder const folder;
  CheckpointIndex index;
  index.coins["A"] = {entry(1), entry(1)};
  write_index(folder.path(), index);
  expect_error(ErrorKind::data, "coin 'A' has 'A/000001-000000.safetensors' twice",
               [&] { (void)read_index(folder.path()); });
}

TEST(Index, ThatIsAFolderIsRefused) {
  ScratchFolder const folder;
  std::filesystem::create_directory(folder / "index.json");
  expect_error(ErrorKind::data, "(Is a directory)", [&] { (void)read_index(folder.path()); });
}

TEST(LastAndBest, OfAnUnknownCoinAreNothing) {
  EXPECT_FALSE(last_checkpoint(sample_index(), "X"));
  EXPECT_FALSE(best_checkpoint(sample_index(), "X"));
  EXPECT_FALSE(last_checkpoint(sample_index(), "C"));
}

struct RotationCase {
  char const* name;
  std::vector<SavedCheckpoint> saved;  ///< one after the other
  std::size_t keep_last, keep_best;
  std::vector<std::string> kept;  ///< "epoch-update_in_epoch"
  char const* last;
  char const* best;
};

std::string name_of(SavedCheckpoint const& each) {
  return fmt::format("{}-{}", each.epoch, each.update_in_epoch);
}

std::string name_of(std::optional<SavedCheckpoint> const& each) {
  return each ? name_of(*each) : "none";
}

class Rotation : public testing::TestWithParam<RotationCase> {};

TEST_P(Rotation, KeepsTheLastAndTheBest) {
  CheckpointIndex index;
  std::vector<std::string> alive;  // files on disk, if the caller deletes what is dropped
  for (auto const& each : GetParam().saved) {
    std::erase(alive, name_of(each));
    alive.push_back(name_of(each));
    auto const dropped = add_and_rotate(index, each, GetParam().keep_last, GetParam().keep_best);
    for (auto const& gone : dropped) EXPECT_EQ(std::erase(alive, name_of(gone)), 1u);
  }
  std::vector<std::string> kept;
  for (auto const& each : index.coins.at("A")) kept.push_back(name_of(each));
  EXPECT_EQ(kept, GetParam().kept);
  EXPECT_EQ(alive, GetParam().kept);
  EXPECT_EQ(name_of(last_checkpoint(index, "A")), GetParam().last);
  EXPECT_EQ(name_of(best_checkpoint(index, "A")), GetParam().best);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, Rotation, testing::ValuesIn(std::vector<RotationCase>{
    {"TheFirst",          {entry(1)}, 1, 1,                                    {"1-0"},               "1-0", "1-0"},
    {"OnlyTheLast",       {entry(1, 0, 1), entry(2, 0, 2), entry(3, 0, 3)}, 1, 0, {"3-0"},            "3-0", "3-0"},
    {"LastAndBest",       {entry(1, 0, 3), entry(2, 0, 1), entry(3, 0, 2), entry(4, 0, 2), entry(5, 0, 4)}, 2, 1,
                                                                               {"2-0", "4-0", "5-0"}, "5-0", "2-0"},
    {"TwoBest",           {entry(1, 0, 1), entry(2, 0, 5), entry(3, 0, 2), entry(4, 0, 6), entry(5, 0, 7)}, 1, 2,
                                                                               {"1-0", "3-0", "5-0"}, "5-0", "1-0"},
    {"BestAmongTheLast",  {entry(1, 0, 3), entry(2, 0, 2), entry(3, 0, 1)}, 2, 1, {"2-0", "3-0"},     "3-0", "3-0"},
    {"TiesToTheEarlier",  {entry(1, 0, 2), entry(2, 0, 1), entry(3, 0, 1), entry(4, 0, 3)}, 1, 1,
                                                                               {"2-0", "4-0"},        "4-0", "2-0"},
    {"NotWithinAnEpoch",  {entry(1, 0, 5), entry(1, 8, 1), entry(2, 0, 7), entry(2, 8, 7)}, 1, 1,
                                                                               {"1-0", "2-0", "2-8"}, "2-8", "1-0"},
    {"InsideUntilTheNext", {entry(1, 0, 5), entry(1, 4, 5), entry(1, 8, 5), entry(2, 0, 4), entry(3, 0, 3)}, 2, 1,
                                                                               {"2-0", "3-0"},        "3-0", "3-0"},
    {"InsideAndTheOneBefore", {entry(1, 0, 5), entry(2, 0, 4), entry(2, 4, 4), entry(2, 8, 4)}, 1, 1,
                                                                               {"2-0", "2-8"},        "2-8", "2-0"},
    {"NotBeforeEpoch1",   {entry(0, 0, 0), entry(0, 5, 0)}, 1, 1,              {"0-0", "0-5"},        "0-5", "none"},
    {"NotANumber",        {entry(1, 0, std::nan("")), entry(2, 0, -INFINITY), entry(3, 0, 9), entry(4, 0, INFINITY)}, 1, 1,
                                                                               {"3-0", "4-0"},        "4-0", "3-0"},
    {"SavedTwice",        {entry(1, 0, 1), entry(2, 0, 5), entry(2, 0, 3)}, 2, 0, {"1-0", "2-0"},     "2-0", "1-0"},
    {"SavedAgainIsLast",  {entry(1, 0, 1), entry(2, 0, 5), entry(1, 0, 7)}, 1, 0, {"1-0"},            "1-0", "1-0"},
    {"EarlierAfterLater", {entry(3, 0, 1), entry(5, 0, 2), entry(4, 0, 3)}, 2, 0, {"5-0", "4-0"},     "4-0", "5-0"},
    {"KeepsMoreThanAre",  {entry(1), entry(2)}, 9, 9,                          {"1-0", "2-0"},        "2-0", "1-0"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(RotationErrors, RefusesToDropTheNewest) {
  CheckpointIndex index;
  expect_error(ErrorKind::internal, "(keep_last is 0)",
               [&] { (void)add_and_rotate(index, entry(1), 0, 1); });
}

TEST(RotationOfCoins, LeavesOtherCoinsAlone) {
  CheckpointIndex index = sample_index();
  auto const dropped = add_and_rotate(index, entry(1, 0, 1, "B-2.x_y"), 1, 0);
  EXPECT_EQ(dropped.size(), 1u);
  EXPECT_EQ(index.coins.at("A"), sample_index().coins.at("A"));
}

}  // namespace
}  // namespace moneta
