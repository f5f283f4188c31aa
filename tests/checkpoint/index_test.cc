// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/index.h"

#include <gtest/gtest.h>

#include <cmath>

#include "checkpoint/sample_index.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(Index, IsEmptyForAFolderWithoutOne) {
  ScratchFolder const folder;
  EXPECT_TRUE(read_index(folder.path()).coins.empty());
  EXPECT_TRUE(read_index(folder / "missing").coins.empty());
}

TEST(Index, IsRestoredAsWritten) {
  ScratchFolder const folder;
  write_index(folder / "new", sample_index());
  EXPECT_EQ(read_index(folder / "new"), sample_index());
}

TEST(Index, OmitsTheStandardLstmAlgorithm) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  EXPECT_EQ(read_bytes(folder / "index.json").find("lstm_algorithm"), std::string::npos);
  CheckpointIndex index = sample_index();
  index.coins["A"][1].lstm_algorithm = "persistent";
  write_index(folder.path(), index);
  EXPECT_EQ(read_index(folder.path()), index);
}

TEST(Index, KeepsLossesExactlyEvenIfNotFinite) {
  ScratchFolder const folder;
  CheckpointIndex index;
  index.coins["A"] = {entry(1, 0, 0.1 + 0.2), entry(2, 0, std::nan("")), entry(3, 0, INFINITY)};
  write_index(folder.path(), index);
  auto const back = read_index(folder.path()).coins.at("A");
  EXPECT_EQ(back[0].valid_loss, 0.1 + 0.2);
  EXPECT_TRUE(std::isnan(back[1].valid_loss));
  EXPECT_EQ(back[2].valid_loss, INFINITY);
}

TEST(Index, NamesTheLastAndTheBestCheckpoint) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  std::string const text = read_bytes(folder / "index.json");
  EXPECT_NE(text.find(R"("last": "A/000002-000007.safetensors")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("best": "A/000002-000000.safetensors")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("best": null)"), std::string::npos) << text;
}

TEST(Index, WriteFailureLeavesTheOldIndex) {
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

struct InvalidIndexCase {
  char const* name;
  char const* what;
  char const* by;
  char const* message;
  friend void PrintTo(InvalidIndexCase const& each, std::ostream* out) { *out << each.name; }
};

class InvalidIndex : public testing::TestWithParam<InvalidIndexCase> {};

TEST_P(InvalidIndex, IsRejectedWithARemedy) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  std::string text = read_bytes(folder / "index.json");
  auto const at = text.find(GetParam().what);
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, std::string(GetParam().what).size(), GetParam().by);
  write_bytes(folder / "index.json", text);
  auto const read = [&] { (void)read_index(folder.path()); };
  expect_error(ErrorKind::data, GetParam().message, read);
  expect_error(ErrorKind::data, "Restore the file from a copy, or move the folder", read);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, InvalidIndex, testing::ValuesIn(std::vector<InvalidIndexCase>{
    {"NotJson",       "{",                              "",                     "is not valid JSON"},
    {"OtherFormat",   "moneta-checkpoint-index",        "x",                    "is not an index of checkpoints"},
    {"OtherVersion",  "\"version\": 1",                 "\"version\": 2",       "has format version 2 (this program reads version 1)"},
    {"NoVersion",     "\"version\": 1,",                "",                     "lacks the field 'version'"},
    {"MoreFields",    "\"version\": 1,",                "\"version\": 1, \"x\": 1,", "has the field 'x'"},
    {"CoinsList",     "\"coins\":",                     "\"coins\": [], \"y\":", "has 'coins' that are not an object"},
    {"CoinLeadsOut",  "\"A\": {",                       "\"..\": {",            "coin '..' is not the name of a coin"},
    {"CoinTwice",     "\"A\": {",                       "\"C\": {",             "has the key 'C' twice"},
    {"FileLeadsOut",  "\"file\": \"A/000001-000000",    "\"file\": \"../000001-000000", "names the file '../000001-000000.safetensors' (expected A/000001-000000.safetensors)"},
    {"FileAbsolute",  "\"file\": \"A/000001-000000.safetensors\"", "\"file\": \"/etc/passwd\"", "names the file '/etc/passwd'"},
    {"FileOfAnother", "\"file\": \"A/000001-000000",    "\"file\": \"A/000002-000000", "names the file 'A/000002-000000.safetensors'"},
    {"DigestShort",   "\"sha256\": \"aaa",              "\"sha256\": \"",       "entry 1 has the sha256 'aaaa"},
    {"DigestLetters", "\"sha256\": \"aaa",              "\"sha256\": \"aAa",    "entry 1 has the sha256 'aAaa"},
    {"LstmAlgorithm", "\"precision\":",                 "\"lstm_algorithm\": \"x\", \"precision\":", "entry 1 has the lstm_algorithm 'x' (expected standard or"},
    {"BytesNegative", "\"bytes\": 123",                 "\"bytes\": -1",        "entry 1 has the field 'bytes' as -1"},
    {"EpochText",     "\"epoch\": 1",                   "\"epoch\": \"1\"",     "entry 1 has the field 'epoch' as \"1\""},
    {"EpochOther",    "\"epoch\": 1",                   "\"epoch\": 9",         "names the file"},
    {"FinishedText",  "\"finished\": false",            "\"finished\": 0",      "entry 1 has the field 'finished' as number"},
    {"ListIsObject",  "\"checkpoints\": [",             "\"checkpoints\": {}, \"y\": [", "has no list of checkpoints"},
    {"OtherLast",     "\"last\": \"A/000002-000007",    "\"last\": \"A/000002-000000", "the 'last' of"},
    {"OtherLoss",     "\"valid_loss\": 0.5",           "\"valid_loss\": 0.6",   "is damaged or was edited (its SHA-256"},
    {"DigestEmpty",   "\n \"sha256\": \"",             "\n \"sha256\": \"0",    "is damaged or was edited (its SHA-256"},
    {"OtherBest",     "\"best\": \"A/000002-000000",    "\"best\": \"A/000001-000000", "the 'best' of"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(Index, RejectsACoinFolderThatIsALinkToOutside) {
  ScratchFolder const folder;
  write_index(folder / "checkpoints", sample_index());
  std::filesystem::create_directory(folder / "away");
  std::filesystem::create_directory_symlink(folder / "away", folder / "checkpoints/A");
  expect_error(ErrorKind::data, "checkpoints/A' leads out of the folder '",
               [&] { (void)read_index(folder / "checkpoints"); });
}

TEST(Index, OfAnEarlierVersionHasNoDigest) {
  ScratchFolder const folder;
  write_index(folder.path(), sample_index());
  std::string const text = read_bytes(folder / "index.json");
  auto const at = text.rfind(",\n \"sha256\"");
  write_bytes(folder / "index.json", text.substr(0, at) + "\n}\n");
  EXPECT_EQ(read_index(folder.path()), sample_index());
}

TEST(Index, RejectsAFileThatIsListedTwice) {
  ScratchFolder const folder;
  CheckpointIndex index;
  index.coins["A"] = {entry(1), entry(1)};
  write_index(folder.path(), index);
  expect_error(ErrorKind::data, "coin 'A' has 'A/000001-000000.safetensors' twice",
               [&] { (void)read_index(folder.path()); });
}

TEST(Index, RejectsAFolderInItsPlace) {
  ScratchFolder const folder;
  std::filesystem::create_directory(folder / "index.json");
  expect_error(ErrorKind::data, "(Is a directory)", [&] { (void)read_index(folder.path()); });
}

TEST(LastAndBest, AreEmptyForAnUnknownCoin) {
  EXPECT_FALSE(last_checkpoint(sample_index(), "X"));
  EXPECT_FALSE(best_checkpoint(sample_index(), "X"));
  EXPECT_FALSE(last_checkpoint(sample_index(), "C"));
}

}  // namespace
}  // namespace moneta
