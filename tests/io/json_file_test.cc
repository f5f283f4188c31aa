// SPDX-License-Identifier: Apache-2.0
#include "io/json_file.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

std::string many_keys(std::size_t count) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) {
    text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
  }
  return text + "}";
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  EXPECT_EQ(parse_json(R"( {"b": 1, "a": [1, {"b": 2}]} )", "x").dump(),
            R"({"b":1,"a":[1,{"b":2}]})");
}

struct BadJsonCase {
  char const* name;
  std::string text;
  char const* message;

  friend void PrintTo(BadJsonCase const& c, std::ostream* out) { *out << c.name; }
};

class BadJson : public testing::TestWithParam<BadJsonCase> {};

TEST_P(BadJson, IsRejected) {
  expect_error(ErrorKind::data, GetParam().message,
               [] { (void)parse_json(GetParam().text, "'here'"); });
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, BadJson, testing::ValuesIn(std::vector<BadJsonCase>{
    {"Empty",         "",                        "'here' is not valid JSON (parse error"},
    {"Cut",           R"({"a": [1, 2)",          "'here' is not valid JSON (parse error"},
    {"MoreAfterIt",   "{} {}",                   "'here' is not valid JSON (parse error"},
    {"NotUtf8",       "\"\xff\xfe\"",            "'here' is not valid JSON (parse error"},
    {"NumberTooBig",  "1e999",                   "'here' is not valid JSON (number overflow"},
    {"NotANumber",    "NaN",                     "'here' is not valid JSON (parse error"},
    {"KeyTwice",      R"({"a": {"k": 1, "k": 2}})", "'here' has the key 'k' twice"},
    {"DeepLists",     std::string(1'000'000, '['), "'here' is nested too deeply (more than 32"},
    {"DeepObjects",   R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":
                          {"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":
                          {"a":{"a":{"a":{"a":)", "'here' is nested too deeply (more than 32"},
    {"TooManyKeys",   many_keys(20'001),         "'here' has an object with more than 20000 keys"},
    {"ManyWithMany",  "[" + many_keys(20'000) + "," + many_keys(20'000) + "," + many_keys(20'000) + "]",
                                                 "'here' has many objects with thousands of keys (too many together)"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(ParseJson, AcceptsTheLargestObject) {
  EXPECT_EQ(parse_json(many_keys(20'000), "x").size(), 20'000u);
}

TEST(ParseJson, AllowsTheSameKeyInDifferentObjects) {
  EXPECT_EQ(parse_json(R"([{"k":{"k":1}},{"k":2}])", "x").size(), 2u);
}

TEST(ReadJson, NamesTheFile) {
  ScratchFolder const folder;
  write_bytes(folder / "a.json", "{");
  expect_error(ErrorKind::data, fmt::format("'{}' is not valid JSON", (folder / "a.json").string()),
               [&] { (void)read_json(folder / "a.json"); });
  write_bytes(folder / "a.json", "{\"a\":1}");
  EXPECT_EQ(read_json(folder / "a.json")["a"], 1);
}

TEST(JsonNumber, ReadsBackBitForBit) {
  double const numbers[] = {0.1,
                            -0.0,
                            1.0 / 3,
                            5e-324,
                            std::numeric_limits<double>::max(),
                            1e15,
                            std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN(),
                            static_cast<double>(0.1f)};
  for (double const number : numbers) {
    Json json;
    json["x"] = json_number(number);
    Json const back = parse_json(json.dump(), "x");
    EXPECT_EQ(std::bit_cast<std::uint64_t>(JsonFields(back, "x").number("x")),
              std::bit_cast<std::uint64_t>(number))
        << json.dump();
  }
}

TEST(JsonFields, ReturnsFieldsByType) {
  Json const json = parse_json(R"({"t":"x","f":true,"c":9007199254740992,"n":3})", "x");
  JsonFields fields(json, "x");
  EXPECT_EQ(fields.text("t"), "x");
  EXPECT_TRUE(fields.flag("f"));
  EXPECT_EQ(fields.count("c"), std::int64_t{1} << 53);
  expect_error(ErrorKind::data, "x has the field 'n' (unknown to this version)",
               [&] { fields.finish(); });
  EXPECT_EQ(fields.number("n"), 3);
  fields.finish();
}

TEST(JsonFields, RejectsFieldsOfTheWrongType) {
  Json const json =
      parse_json(R"({"text":"x","minus":-1,"half":1.5,"huge":9007199254740993,"none":null})", "x");
  JsonFields fields(json, "x");
  auto const refuses = [&](std::string const& message, auto const& action) {
    expect_error(ErrorKind::data, message, action);
  };
  refuses("x lacks the field 'gone'", [&] { (void)fields.text("gone"); });
  refuses("x has the field 'none' as null (a string", [&] { (void)fields.text("none"); });
  refuses("x has the field 'text' as string (true or", [&] { (void)fields.flag("text"); });
  refuses("x has the field 'minus' as -1 (a whole", [&] { (void)fields.count("minus"); });
  refuses("x has the field 'half' as 1.5 (a whole", [&] { (void)fields.count("half"); });
  refuses("x has the field 'huge' as 9007199254740993", [&] { (void)fields.count("huge"); });
  refuses("x has the field 'none' as null (a number", [&] { (void)fields.number("none"); });
  refuses("x has the field 'text' as \"x\" (a number", [&] { (void)fields.number("text"); });
  refuses("list is not an object ('array')", [] { JsonFields(Json::array(), "list"); });
}

}  // namespace
}  // namespace moneta
