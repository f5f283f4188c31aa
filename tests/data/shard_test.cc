// SPDX-License-Identifier: Apache-2.0
#include "data/shard.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/json.h"
#include "base/version.h"
#include "data/change_file.h"
#include "data/read_shard.h"
#include "data/small_shard.h"
#include "data/validate_in_child.h"
#include "data/write_dense.h"
#include "data/write_shard.h"
#include "support/error_text.h"
#include "support/long_form.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(Shard, ReadsBackAsWritten) {
  ScratchFolder const folder;
  Shard const written = small_shard();
  write_shard(folder / "a.h5", written);
  Shard const read = read_shard(folder / "a.h5");
  expect_same(read, written);
  EXPECT_EQ(read.layout, ShardLayout::compact);
  EXPECT_EQ(read.generator, "moneta prepare " + version_text());
  expect_same_rows(read, written);
}

TEST(Shard, IsAFileThatWasClosedAndEndsWithItsContents) {
  ScratchFolder const folder;
  write_shard(folder / "a.h5", small_shard());
  std::string const bytes = read_bytes(folder / "a.h5");
  ASSERT_EQ(bytes.substr(0, 9), "\x89HDF\r\n\x1a\n\x02") << "superblock of version 2";
  constexpr std::size_t flags_at = 11, end_at = 28;
  EXPECT_EQ(bytes[flags_at], 0) << "the file is not open for writing";
  std::uint64_t end = 0;
  std::memcpy(&end, bytes.data() + end_at, sizeof end);
  EXPECT_EQ(end, bytes.size());
}

TEST(Shard, OfTheDenseLayoutReadsBackAsWritten) {
  ScratchFolder const folder;
  write_dense_shard(folder / "a.h5", small_shard());
  Shard const read = read_shard(folder / "a.h5");
  expect_same(read, small_shard());
  EXPECT_EQ(read.layout, ShardLayout::dense);
}

struct DefectCase {
  char const* name;
  char const* part;  ///< of the text
  void (*spoil)(Shard&);

  friend void PrintTo(DefectCase const& c, std::ostream* out) { *out << c.name; }
};

class ShardDefects : public testing::TestWithParam<DefectCase> {};

TEST_P(ShardDefects, AreReportedWithFileDatasetAndElement) {
  ScratchFolder const folder;
  Shard shard = small_shard();
  GetParam().spoil(shard);
  write_shard(folder / "a.h5", shard);
  for (bool const in_child : {false, true}) {
    std::string const text = error_text(ErrorKind::data, [&] {
      if (in_child) return void(validate_in_child(folder / "a.h5"));
      read_shard(folder / "a.h5");
    });
    EXPECT_NE(text.find("a.h5"), std::string::npos) << text;
    EXPECT_NE(text.find(GetParam().part), std::string::npos) << text;
  }
}

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ShardDefects, testing::ValuesIn(std::vector<DefectCase>{
    {"BarMissing",  "/1m/time': row 8 is", [](Shard& s) { s.timeframes[0].time_s[8] += 60; }},
    {"BarUnaligned", "aligned to the clock", [](Shard& s) { for (auto& each : s.timeframes[1].time_s) each += 60; }},
    {"EndBeyond",   "/samples/end_1m': element 2 is 25 (a window of 4 rows must end in rows 3 to 24)",
     [](Shard& s) { s.timeframes[0].ends[2] = 25; }},
    {"EndTooEarly", "/samples/end_1m': element 0 is 2", [](Shard& s) { s.timeframes[0].ends[0] = 2; }},
    {"EndInTheFuture", "not the last one complete at", [](Shard& s) { s.timeframes[1].ends[2] = 4; }},
    {"EndTooOld",   "not the last one complete at", [](Shard& s) { s.timeframes[0].ends[1] = 8; }},
    {"NoNumber",    "/1m/features': the window of sample 1, rows 11 to 14, has a number that is not finite",
     [](Shard& s) { s.timeframes[0].features[14 * feature_count + 3] = not_a_number; }},
    {"Filled",      "/5m/filled': row 2 is 9 (0 or 1 is needed)", [](Shard& s) { s.timeframes[1].filled[2] = 9; }},
    {"TimesFall",   "/samples/time': element 1", [](Shard& s) { s.time_s[1] = s.time_s[0]; }},
    {"OtherMonth",  "(the month of the file is 2025-02)", [](Shard& s) { s.month = "2025-02"; }},
    {"Close",       "/samples/close': element 1 is -101", [](Shard& s) { s.close[1] = -101; }},
    {"Target",      "/samples/target': element 2 is", [](Shard& s) { s.target[2] = not_a_number; }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// Replaces a dataset by zeros of another type and shape.
void replace_dataset(hid_t file, char const* name, hid_t type, std::vector<hsize_t> const& shape) {
  EXPECT_GE(H5Ldelete(file, name, H5P_DEFAULT), 0);
  hid_t const space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  hid_t const set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_GE(set, 0);
  H5Dclose(set);
  H5Sclose(space);
}

struct FileCase {
  char const* name;
  char const* part;
  void (*change)(hid_t file);

  friend void PrintTo(FileCase const& c, std::ostream* out) { *out << c.name; }
};

class AlteredShards : public testing::TestWithParam<FileCase> {};

TEST_P(AlteredShards, AreRejectedWithTheDifference) {
  ScratchFolder const folder;
  write_shard(folder / "a.h5", small_shard());
  change_file(folder / "a.h5", GetParam().change);
  std::string const text = error_text(ErrorKind::data, [&] { read_shard(folder / "a.h5"); });
  EXPECT_NE(text.find("a.h5"), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().part), std::string::npos) << text;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, AlteredShards, testing::ValuesIn(std::vector<FileCase>{
    {"Version",   "is a shard of version 7 (this program reads versions 1 to 2)", [](hid_t f) { set_integer(f, "version", 7); }},
    {"NoFormat",  "is not a shard (its root has no attribute format", [](hid_t f) { H5Adelete(f, "format"); }},
    {"NoFeatureNames", "feature_names", [](hid_t f) { H5Adelete(f, "feature_names"); }},
    {"NoGroup",   "has no '/5m' (attribute 'timeframes' lists it)", [](hid_t f) { H5Ldelete(f, "5m", H5P_DEFAULT); }},
    {"NoDataset", "/samples/target", [](hid_t f) { H5Ldelete(f, "/samples/target", H5P_DEFAULT); }},
    {"Type",      "/1m/features", [](hid_t f) { replace_dataset(f, "/1m/features", H5T_STD_I32LE, {25, feature_count}); }},
    {"Columns",   "/1m/features", [](hid_t f) { replace_dataset(f, "/1m/features", H5T_IEEE_F32LE, {25, 22}); }},
    {"Axes",      "/samples/time", [](hid_t f) { replace_dataset(f, "/samples/time", H5T_STD_I64LE, {3, 1}); }},
    {"Length",    "/samples/close", [](hid_t f) { replace_dataset(f, "/samples/close", H5T_IEEE_F64LE, {2}); }},
    {"FilledType", "/5m/filled", [](hid_t f) { replace_dataset(f, "/5m/filled", H5T_STD_U8LE, {5}); }},
    {"CloseType", "/samples/close' has type float32 (float64 is needed)",
     [](hid_t f) { replace_dataset(f, "/samples/close", H5T_IEEE_F32LE, {3}); }},
    {"OtherText", "is damaged (the texts in the attributes of its root do not have the checksum of attribute 'text_crc32')",
     [](hid_t f) { set_integer(f, "text_crc32", 7); }},
    {"NoTimeframes", "attribute 'timeframes' is empty (one is needed)",
     [](hid_t f) { H5Adelete(f, "text_crc32"); set_text(f, "timeframes", ""); }},
    {"EmptyName", "has no '/' (attribute 'timeframes' lists it)",
     [](hid_t f) { H5Adelete(f, "text_crc32"); set_text(f, "timeframes", "1m,,5m"); }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(DamagedShard, NeverEndsTheProgramAndIsNeverReadAsOtherData) {
  ScratchFolder const folder;
  Shard const written = small_shard();
  write_shard(folder / "good.h5", written);
  std::string const good = read_bytes(folder / "good.h5");
  std::size_t refused = 0;
  std::size_t const flips = tries(300, 20'000);
  for (std::size_t i = 0; i < flips; ++i) {
    std::string bytes = good;
    std::size_t const at = i * 7919 % (good.size() * 8);
    bytes[at / 8] = static_cast<char>(bytes[at / 8] ^ (1 << at % 8));
    write_bytes(folder / "bad.h5", bytes);
    try {
      validate_in_child(folder / "bad.h5");
    } catch (Error const& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
      ++refused;
      continue;
    }
    SCOPED_TRACE(testing::Message() << "bit " << at);
    Shard const read = read_shard(folder / "bad.h5");
    expect_same(read, written);
    expect_same_rows(read, written);
  }
  EXPECT_GT(refused, flips / 5)
      << "all data have checksums; most of the rest of such a small file is unused";
}

TEST(DamagedShard, IsRejectedWhereverItIsTruncated) {
  ScratchFolder const folder;
  write_shard(folder / "good.h5", small_shard());
  std::string const good = read_bytes(folder / "good.h5");
  for (std::size_t part = 0; part < 20; ++part) {
    write_bytes(folder / "bad.h5", good.substr(0, good.size() * part / 20));
    EXPECT_NE(
        error_text(ErrorKind::data, [&] { validate_in_child(folder / "bad.h5"); }).find("bad.h5"),
        std::string::npos);
  }
}

}  // namespace
}  // namespace moneta
