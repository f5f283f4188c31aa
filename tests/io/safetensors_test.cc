// SPDX-License-Identifier: Apache-2.0
#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "base/digest.h"
#include "base/json.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

std::array<float, 6> const weights = {1, 2, 3, 4, 5, -0.0f};
std::array<float, 1> const scalar = {0.5f};
std::array<std::int64_t, 3> const counts = {1, -2, 3};

std::vector<TensorView> sample_tensors() {
  return {{"w", "F32", {2, 3}, std::as_bytes(std::span(weights))},
          {"none", "F32", {0, 7}, {}},
          {"s", "F32", {}, std::as_bytes(std::span(scalar))},
          {"b", "I64", {3}, std::as_bytes(std::span(counts))}};
}

TensorMetadata const sample_metadata = {{"b", "2"}, {"a", "\"1\"\n"}};

std::string raw(std::string const& header, std::string const& data, std::int64_t more = 0) {
  std::uint64_t const length = header.size() + static_cast<std::uint64_t>(more);
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

TEST(Safetensors, ReadsBackBitForBit) {
  ScratchFolder const folder;
  auto const tensors = sample_tensors();
  std::string const digest = write_safetensors(folder / "a", sample_metadata, tensors);
  EXPECT_EQ(digest, digest_of_file(folder / "a"));

  SafetensorsFile const file(folder / "a");
  EXPECT_EQ(file.metadata(), sample_metadata);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (TensorView const& tensor : tensors) {
    TensorEntry const* entry = file.find(tensor.name);
    ASSERT_NE(entry, nullptr) << tensor.name;
    EXPECT_EQ(entry->dtype, tensor.dtype);
    EXPECT_EQ(entry->shape, tensor.shape);
    std::vector<std::byte> bytes(tensor.bytes.size());
    file.read(*entry, bytes);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), tensor.bytes.begin())) << tensor.name;
  }
  EXPECT_EQ(file.find("w")->elements, 6u);
  EXPECT_EQ(file.find("x"), nullptr);
}

TEST(Safetensors, HasTheHeaderOfTheFormat) {
  ScratchFolder const folder;
  (void)write_safetensors(folder / "a", sample_metadata, sample_tensors());
  std::string const bytes = read_bytes(folder / "a");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0u) << "the data are not aligned";
  std::string header = bytes.substr(8, length);
  header.erase(header.find_last_not_of(' ') + 1);
  EXPECT_EQ(header, R"({"__metadata__":{"a":"\"1\"\n","b":"2"},)"
                    R"("w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                    R"("none":{"dtype":"F32","shape":[0,7],"data_offsets":[24,24]},)"
                    R"("s":{"dtype":"F32","shape":[],"data_offsets":[24,28]},)"
                    R"("b":{"dtype":"I64","shape":[3],"data_offsets":[28,52]}})");
  EXPECT_EQ(bytes.size(), 8 + length + 52);
}

TEST(Safetensors, GivesTheSameBytesForTheSameTensors) {
  ScratchFolder const folder;
  (void)write_safetensors(folder / "a", sample_metadata, sample_tensors());
  (void)write_safetensors(folder / "b", sample_metadata, sample_tensors());
  EXPECT_EQ(read_bytes(folder / "a"), read_bytes(folder / "b"));
}

TEST(Safetensors, ReadsTensorsInAnyOrderOfTheHeader) {
  ScratchFolder const folder;
  std::string const header = R"({"late":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("early":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  write_bytes(folder / "a", raw(header, std::string("\0\0\x80\x3f\0\0\0\x40", 8)));
  SafetensorsFile const file(folder / "a");
  EXPECT_EQ(file.tensors().front().name, "early");
  float value = 0;
  file.read(*file.find("late"), std::span(&value, 1));
  EXPECT_EQ(value, 2);
}

TEST(SafetensorsWriter, RejectsInconsistentTensors) {
  ScratchFolder const folder;
  auto const refuses = [&](std::string const& message, std::vector<TensorView> const& tensors) {
    expect_error(ErrorKind::internal, message,
                 [&] { (void)write_safetensors(folder / "a", {}, tensors); });
  };
  auto const bytes = std::as_bytes(std::span(scalar));
  refuses("'x' is given twice", {{"x", "F32", {1}, bytes}, {"x", "F32", {1}, bytes}});
  refuses("'x' has 4 bytes, which do not match", {{"x", "F32", {2}, bytes}});
  refuses("'x' has 4 bytes, which do not match", {{"x", "F31", {1}, bytes}});
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

TEST(SafetensorsWriter, LeavesTheOldFileWhenTheDiskIsFull) {
  ScratchFolder const folder;
  (void)write_safetensors(folder / "a", sample_metadata, sample_tensors());
  std::string const before = read_bytes(folder / "a");
  std::vector<float> const large(10'000, 1.0f);
  {
    FileSizeLimit const limit(20'000);
    std::vector<TensorView> const tensors = {
        {"x", "F32", {10'000}, std::as_bytes(std::span(large))}};
    expect_error(ErrorKind::disk, fmt::format("cannot write '{}'", (folder / "a").string()),
                 [&] { (void)write_safetensors(folder / "a", {}, tensors); });
  }
  EXPECT_EQ(read_bytes(folder / "a"), before);
  EXPECT_FALSE(std::filesystem::exists(folder / "a.tmp"));
}

TEST(SafetensorsReader, RejectsTheWrongSizeOrType) {
  ScratchFolder const folder;
  (void)write_safetensors(folder / "a", sample_metadata, sample_tensors());
  SafetensorsFile const file(folder / "a");
  std::vector<float> values(6);
  expect_error(ErrorKind::internal, "tensor 'w' has 24 bytes, but the buffer has 8",
               [&] { file.read(*file.find("w"), std::span(values).first(2)); });
  expect_error(ErrorKind::data, "tensor 'b' has the type I64 (F32 is expected)",
               [&] { file.read(*file.find("b"), std::span(values)); });
}

TEST(SafetensorsReader, ReportsThatTheFileWasTruncatedMeanwhile) {
  ScratchFolder const folder;
  (void)write_safetensors(folder / "a", sample_metadata, sample_tensors());
  SafetensorsFile const file(folder / "a");
  std::filesystem::resize_file(folder / "a", 100);
  std::vector<std::byte> bytes(24);
  expect_error(ErrorKind::data, "(the file ends there)",
               [&] { file.read(*file.find("b"), bytes); });
}

TEST(SafetensorsReader, RejectsEveryTruncation) {
  ScratchFolder const folder;
  (void)write_safetensors(folder / "a", sample_metadata, sample_tensors());
  std::string const bytes = read_bytes(folder / "a");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_bytes(folder / "b", bytes.substr(0, size));
    expect_error(ErrorKind::data, "b'", [&] { SafetensorsFile const file(folder / "b"); });
  }
}

TEST(SafetensorsReader, NamesAPathThatIsNotAFile) {
  ScratchFolder const folder;
  expect_error(ErrorKind::data, "missing' (No such file or directory). Is the path right?",
               [&] { SafetensorsFile const file(folder / "missing"); });
  expect_error(ErrorKind::data, "is not a file",
               [&] { SafetensorsFile const file(folder.path()); });
}

struct HostileCase {
  char const* name;
  std::string bytes;
  char const* message;

  friend void PrintTo(HostileCase const& c, std::ostream* out) { *out << c.name; }
};

std::string tensor(std::string const& fields, std::size_t data_bytes = 4) {
  return raw(R"({"x":{)" + fields + "}}", std::string(data_bytes, '\0'));
}

std::string two(std::string const& first, std::string const& second, std::size_t data_bytes) {
  return raw(
      R"({"a":{"dtype":"U8","shape":)" + first + R"(},"b":{"dtype":"U8","shape":)" + second + "}}",
      std::string(data_bytes, '\0'));
}

class HostileFile : public testing::TestWithParam<HostileCase> {};

TEST_P(HostileFile, IsRejectedWithTheReason) {
  ScratchFolder const folder;
  write_bytes(folder / "a", GetParam().bytes);
  expect_error(ErrorKind::data, GetParam().message,
               [&] { SafetensorsFile const file(folder / "a"); });
  expect_error(ErrorKind::data, (folder / "a").string(),
               [&] { SafetensorsFile const file(folder / "a"); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, HostileFile, testing::ValuesIn(std::vector<HostileCase>{
    {"Empty",           "",                            "(0 bytes are too few)"},
    {"SevenBytes",      "1234567",                     "(7 bytes are too few)"},
    {"LengthOfAllOnes", std::string(64, '\xff'),       "claims a header of 18446744073709551615"},
    {"LengthPastEnd",   raw("{}", "", 1),              "claims a header of 3"},
    {"NoHeader",        raw("", "data"),               "is not valid JSON"},
    {"NotJson",         raw("hello, there", ""),       "is not valid JSON"},
    {"List",            raw("[]", ""),                 "is not an object"},
    {"DeepNesting",     raw(std::string(1'000'000, '['), ""), "is nested too deeply"},
    {"TensorTwice",     raw(R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                            R"("x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "ab"),
                                                       "has the key 'x' twice"},
    {"FieldTwice",      tensor(R"("dtype":"F32","dtype":"U8","shape":[1],"data_offsets":[0,4])"),
                                                       "has the key 'dtype' twice"},
    {"MetadataList",    raw(R"({"__metadata__":[]})", ""), "has metadata that are not an object"},
    {"MetadataNumber",  raw(R"({"__metadata__":{"k":1}})", ""), "has the metadata 'k' as number"},
    {"TensorIsNumber",  raw(R"({"x":1})", ""),         "tensor 'x' is not an object"},
    {"NoType",          tensor(R"("shape":[1],"data_offsets":[0,4])"), "lacks the field 'dtype'"},
    {"NoShape",         tensor(R"("dtype":"F32","data_offsets":[0,4])"), "lacks the field 'shape'"},
    {"NoOffsets",       tensor(R"("dtype":"F32","shape":[1])"), "lacks the field 'data_offsets'"},
    {"MoreFields",      tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1)"),
                                                       "has the field 'more'"},
    {"UnknownType",     tensor(R"("dtype":"F33","shape":[1],"data_offsets":[0,4])"),
                                                       "tensor 'x' has the type 'F33'"},
    {"TypeIsNumber",    tensor(R"("dtype":32,"shape":[1],"data_offsets":[0,4])"),
                                                       "has the field 'dtype' as number"},
    {"NegativeShape",   tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"),
                                                       "has the field 'shape' as [-1]"},
    {"FractionalShape", tensor(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"),
                                                       "has the field 'shape' as [1.0]"},
    {"HugeShape",       tensor(R"("dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4])"),
                                                       "has the field 'shape' as ["},
    {"ShapeOverflows",  tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4])"),
                                                       "(its size overflows)"},
    {"BytesOverflow",   tensor(R"("dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4])"),
                                                       "(its size overflows)"},
    {"ShapeIsText",     tensor(R"("dtype":"F32","shape":"1","data_offsets":[0,4])"),
                                                       "has the field 'shape' as \"1\""},
    {"NegativeOffset",  tensor(R"("dtype":"F32","shape":[1],"data_offsets":[-4,0])"),
                                                       "has the field 'data_offsets' as [-4,0]"},
    {"OneOffset",       tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4])"),
                                                       "has no valid data_offsets"},
    {"OffsetsReversed", tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"),
                                                       "has no valid data_offsets"},
    {"SizeNotShape",    tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"),
                                                       "has 4 bytes of data, but its shape and type need 8"},
    {"PastTheEnd",      tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"),
                                                       "tensor 'x' ends at byte 8 (the file has 4"},
    {"MoreData",        tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])", 5),
                                                       "has 5 bytes of data, but its tensors have 4"},
    {"Overlap",         two(R"([4],"data_offsets":[0,4])", R"([4],"data_offsets":[2,6])", 6),
                                                       "tensor 'b' begins at byte 2 (the previous one ends at 4: they overlap"},
    {"SamePlaceTwice",  two(R"([4],"data_offsets":[0,4])", R"([4],"data_offsets":[0,4])", 4),
                                                       "they overlap"},
    {"Gap",             two(R"([2],"data_offsets":[0,2])", R"([2],"data_offsets":[4,6])", 6),
                                                       "tensor 'b' begins at byte 4 (the previous one ends at 2: a gap"},
    {"GapAtTheStart",   tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])", 8), "a gap"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
