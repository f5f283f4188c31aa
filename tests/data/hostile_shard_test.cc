// SPDX-License-Identifier: Apache-2.0
// Malicious shards: they would read other files, exhaust memory or take forever.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "base/json.h"
#include "data/change_file.h"
#include "data/read_shard.h"
#include "data/small_shard.h"
#include "data/validate_in_child.h"
#include "data/write_dense.h"
#include "data/write_shard.h"
#include "support/error_text.h"
#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// Replaces a dataset by one of this type and shape whose creation properties `set` sets.
void replace(hid_t file, char const* name, hid_t type, std::vector<hsize_t> const& shape,
             void (*set)(hid_t properties)) {
  EXPECT_GE(H5Ldelete(file, name, H5P_DEFAULT), 0);
  hid_t const space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  hid_t const properties = H5Pcreate(H5P_DATASET_CREATE);
  set(properties);
  hid_t const made = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  EXPECT_GE(made, 0);
  H5Dclose(made);
  H5Pclose(properties);
  H5Sclose(space);
}

void set_nothing(hid_t) {}

void keep_outside(hid_t properties) {
  H5Pset_external(properties, "/etc/passwd", 0, 3 * sizeof(float));
}

void make_virtual(hid_t properties) {
  hsize_t const size = 3;
  hid_t const space = H5Screate_simple(1, &size, nullptr);
  H5Pset_virtual(properties, space, "other.h5", "/samples/close", space);
  H5Sclose(space);
}

void make_wide_text(hid_t file, std::size_t width, hsize_t count) {
  H5Adelete(file, "timeframes");
  hid_t const type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, width);
  hid_t const space = H5Screate_simple(1, &count, nullptr);
  hid_t const made = H5Acreate2(file, "timeframes", type, space, H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_GE(made, 0);
  H5Aclose(made);
  H5Sclose(space);
  H5Tclose(type);
}

struct HostileCase {
  char const* name;
  char const* part;
  void (*change)(hid_t file);

  friend void PrintTo(HostileCase const& c, std::ostream* out) { *out << c.name; }
};

class HostileShards : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileShards, AreRejected) {
  ScratchFolder const folder;
  write_shard(folder / "a.h5", small_shard());
  write_shard(folder / "other.h5", small_shard());  // has every object that a link may lead to
  change_file(folder / "a.h5", GetParam().change);
  auto const here = [&] { (void)read_shard(folder / "a.h5"); };
  auto const in_child = [&] { (void)validate_in_child(folder / "a.h5"); };
  for (auto const& part : {"a.h5'", GetParam().part}) {
    expect_error(ErrorKind::data, part, here);
    expect_error(ErrorKind::data, part, in_child);
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, HostileShards, testing::ValuesIn(std::vector<HostileCase>{
    {"LinkToAFile", "object '/samples/close' is a link into another file",
     [](hid_t f) { H5Ldelete(f, "/samples/close", H5P_DEFAULT);
                   H5Lcreate_external("other.h5", "/samples/close", f, "/samples/close", H5P_DEFAULT, H5P_DEFAULT); }},
    {"GroupInAFile", "object '/1m' is a link into another file",
     [](hid_t f) { H5Ldelete(f, "/1m", H5P_DEFAULT);
                   H5Lcreate_external("other.h5", "/1m", f, "/1m", H5P_DEFAULT, H5P_DEFAULT); }},
    {"LinkToALink", "dataset '/samples/close'",
     [](hid_t f) { H5Ldelete(f, "/samples/close", H5P_DEFAULT);
                   H5Lcreate_external("other.h5", "/samples/close", f, "/away", H5P_DEFAULT, H5P_DEFAULT);
                   H5Lcreate_soft("/away", f, "/samples/close", H5P_DEFAULT, H5P_DEFAULT); }},
    {"LinkToItself", "dataset '/samples/close'",
     [](hid_t f) { H5Ldelete(f, "/samples/close", H5P_DEFAULT);
                   H5Lcreate_soft("/samples/close", f, "/samples/close", H5P_DEFAULT, H5P_DEFAULT); }},
    {"NumbersInAFile", "dataset '/samples/close' keeps its numbers in other files",
     [](hid_t f) { replace(f, "/samples/close", H5T_IEEE_F32LE, {3}, keep_outside); }},
    {"Virtual", "dataset '/samples/close' keeps its numbers in other files",
     [](hid_t f) { replace(f, "/samples/close", H5T_IEEE_F32LE, {3}, make_virtual); }},
    {"ManyNumbers", "dataset '/samples/time' claims shape [1000000000000] (more than a file of this size can hold)",
     [](hid_t f) { replace(f, "/samples/time", H5T_STD_I64LE, {1'000'000'000'000}, set_nothing); }},
    {"MoreThanCanBeCounted", "dataset '/1m/time' claims shape [2305843009213693953]",
     [](hid_t f) { replace(f, "/1m/time", H5T_STD_U8LE, {(hsize_t{1} << 61) + 1}, set_nothing);
                   replace(f, "/1m/time", H5T_STD_I64LE, {1}, set_nothing);
                   hsize_t const size = (hsize_t{1} << 61) + 1, chunk = 1;
                   hid_t const space = H5Screate_simple(1, &size, nullptr), list = H5Pcreate(H5P_DATASET_CREATE);
                   H5Pset_chunk(list, 1, &chunk);
                   H5Ldelete(f, "/1m/time", H5P_DEFAULT);
                   H5Dclose(H5Dcreate2(f, "/1m/time", H5T_STD_I64LE, space, H5P_DEFAULT, list, H5P_DEFAULT));
                   H5Pclose(list); H5Sclose(space); }},
    {"WideText", "attribute 'timeframes' claims 1 strings of 65537 bytes",
     [](hid_t f) { make_wide_text(f, 65537, 1); }},
    {"ManyTexts", "attribute 'timeframes' claims 1001 strings of 1 bytes",
     [](hid_t f) { make_wide_text(f, 1, 1001); }},
    {"EscapeInAName", "has no '/?[2J' (attribute 'timeframes' lists it)",
     [](hid_t f) { H5Adelete(f, "timeframes");
                   H5Adelete(f, "text_crc32");
                   hid_t const type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
                   H5Tset_size(type, 5);
                   hid_t const made = H5Acreate2(f, "timeframes", type, space, H5P_DEFAULT, H5P_DEFAULT);
                   H5Awrite(made, type, "\x1b[2J");
                   H5Aclose(made); H5Sclose(space); H5Tclose(type); }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// A dense shard of a few kilobytes whose windows are 1,000,000 bars long. All bars are the fill
/// value, and reading them takes minutes.
fs::path endless_shard(ScratchFolder const& folder) {
  constexpr std::size_t steps = 1'000'000;
  auto const path = folder / "endless.h5";
  Shard shard = small_shard();
  shard.timeframes.resize(1);
  auto& frame = shard.timeframes[0];
  std::int64_t const day = shard.time_s[0] / 86400 * 86400;
  shard.time_s.clear();
  for (std::int64_t minute = 0; minute < 2'000; ++minute) {
    shard.time_s.push_back(day + minute * 60);
  }
  shard.close.assign(shard.time_s.size(), 1);
  shard.target.assign(shard.time_s.size(), 0);
  frame.ends.assign(shard.time_s.size(), 9);
  write_dense_shard(path, shard);
  static hsize_t samples;
  samples = shard.time_s.size();
  change_file(path, [](hid_t file) {
    replace(file, "/sequences/1m", H5T_IEEE_F32LE, {samples, steps, feature_count},
            [](hid_t properties) {
              hsize_t const chunk[] = {1, 1000, feature_count};
              H5Pset_chunk(properties, 3, chunk);
              H5Pset_deflate(properties, 1);
            });
    hid_t const sequences = H5Dopen2(file, "/sequences/1m", H5P_DEFAULT);
    hid_t const space = H5Screate(H5S_SCALAR);
    for (auto const& [name, value] :
         {std::pair{"minutes", std::int64_t{1}}, std::pair{"window_steps", std::int64_t{steps}}}) {
      hid_t const made =
          H5Acreate2(sequences, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
      H5Awrite(made, H5T_NATIVE_INT64, &value);
      H5Aclose(made);
    }
    H5Sclose(space);
    H5Dclose(sequences);
  });
  return path;
}

#ifdef __SANITIZE_ADDRESS__  // it ends a process that cannot allocate memory
constexpr char const* too_much_memory = "is damaged (the process that read it";
#else
constexpr char const* too_much_memory = "takes more than 32 MiB of memory";
#endif

TEST(HostileShard, ThatTakesMinutesIsAbandonedAndNamed) {
  ScratchFolder const folder;
  auto const path = endless_shard(folder);
  struct Case {
    ChildLimits limits;
    char const* part;
  };
  for (auto const& [limits, part] :
       {Case{{.cpu_s = 1}, "(it took more than 1 s of CPU time)"},
        Case{{.wall_s = 1}, "(it took more than 1 s)"},
        Case{{.memory_bytes = std::size_t{32} << 20}, too_much_memory}}) {
    auto const begin = std::chrono::steady_clock::now();
    std::string const text =
        error_text(ErrorKind::data, [&] { (void)validate_in_child(path, limits); });
    EXPECT_NE(text.find("endless.h5', object '/sequences/1m'"), std::string::npos) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_NE(text.find("Copy it again from its source"), std::string::npos) << text;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  }
}

TEST(HostileShard, ThatBlocksForeverIsAbandoned) {
  ScratchFolder const folder;
  ASSERT_EQ(::mkfifo((folder / "a.h5").c_str(), 0600), 0);
  std::string const text =
      error_text(ErrorKind::data, [&] { (void)validate_in_child(folder / "a.h5", {.wall_s = 1}); });
  EXPECT_NE(text.find("a.h5'"), std::string::npos) << text;
}

/// Launchers may start a process with signals blocked.
TEST(HostileShard, IsAbandonedEvenIfTheParentBlocksSignals) {
  ScratchFolder const folder;
  auto const path = endless_shard(folder);
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  std::string const text =
      error_text(ErrorKind::data, [&] { (void)validate_in_child(path, {.wall_s = 1}); });
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_NE(text.find("(it took more than 1 s)"), std::string::npos) << text;
}

}  // namespace
}  // namespace moneta
