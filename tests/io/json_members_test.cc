// SPDX-License-Identifier: Apache-2.0
#include "io/json_members.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "support/expect_error.h"

namespace moneta {
namespace {

struct Sample {
  std::string text = "a";
  bool flag = true;
  std::size_t count = 3;
  std::int64_t signed_count = 4;
  double number = 0.5;
  Json any = {1, "x"};
};

template <class S, class Visit>
void each_member(S& sample, Visit const& visit) {
  visit("text", sample.text);
  visit("flag", sample.flag);
  visit("count", sample.count);
  visit("signed_count", sample.signed_count);
  visit("number", sample.number);
  visit("any", sample.any);
}

Json written(Sample const& sample, NonFinite non_finite) {
  Json json;
  each_member(sample, JsonMemberWriter{json, non_finite});
  return parse_json(json.dump(), "x");
}

Sample read(Json const& json, NonFinite non_finite) {
  Sample sample{"", false, 0, 0, 0, {}};
  JsonFields fields(json, "x");
  each_member(sample, JsonMemberReader{fields, non_finite});
  fields.finish();
  return sample;
}

TEST(JsonMembers, ReadBackAsWritten) {
  Json const json = written({}, NonFinite::text);
  EXPECT_EQ(json.dump(),
            R"({"text":"a","flag":true,"count":3,"signed_count":4,"number":0.5,"any":[1,"x"]})");
  Sample const back = read(json, NonFinite::text);
  EXPECT_EQ(back.text, "a");
  EXPECT_TRUE(back.flag);
  EXPECT_EQ(back.count, 3u);
  EXPECT_EQ(back.signed_count, 4);
  EXPECT_EQ(back.number, 0.5);
  EXPECT_EQ(back.any, Sample{}.any);
}

TEST(JsonMembers, EncodeInfinityAsTextOrNull) {
  Sample sample;
  sample.number = -std::numeric_limits<double>::infinity();
  Json const as_text = written(sample, NonFinite::text);
  EXPECT_EQ(as_text["number"], "-inf");
  EXPECT_EQ(read(as_text, NonFinite::text).number, sample.number);
  Json const as_null = written(sample, NonFinite::null);
  EXPECT_TRUE(as_null["number"].is_null());
  EXPECT_TRUE(std::isnan(read(as_null, NonFinite::null).number));
  expect_error(ErrorKind::data, "x has the field 'number' as null",
               [&] { (void)read(as_null, NonFinite::text); });
}

TEST(JsonMembers, OfAnotherTypeAreRejected) {
  Json json = written({}, NonFinite::text);
  json["count"] = -1;
  expect_error(ErrorKind::data, "x has the field 'count' as -1",
               [&] { (void)read(json, NonFinite::text); });
  json.erase("count");
  expect_error(ErrorKind::data, "x lacks the field 'count'",
               [&] { (void)read(json, NonFinite::text); });
}

}  // namespace
}  // namespace moneta
