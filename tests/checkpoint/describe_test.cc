// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/describe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/version.h"
#include "checkpoint/sample_state.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

TEST(DescribeCheckpoint, DescribesTheContent) {
  ScratchFolder const folder;
  auto const saved = write_checkpoint(folder.path(), sample_state("KRW-BTC", 3, 0, 0.25));
  Json const json = describe_checkpoint(folder / saved.file);
  EXPECT_EQ(json["sound"], true);
  EXPECT_EQ(json["coin"], "KRW-BTC");
  EXPECT_EQ(json["moneta_version"], version_number());
  EXPECT_EQ(json["sha256"], saved.sha256);
  EXPECT_EQ(json["bytes"], saved.bytes);
  EXPECT_EQ(json["progress"]["epoch"], 3);
  EXPECT_EQ(json["progress"]["valid_loss"], 0.25);
  EXPECT_EQ(json["device"], "NVIDIA H100, cuDNN 9.19.0");
  EXPECT_EQ(json["parameters"], 9);
  ASSERT_EQ(json["slices"].size(), 3u);
  EXPECT_EQ(json["slices"][0]["name"], "encoder.1m.weight_ih_l0");
  EXPECT_EQ(json["slices"][0]["shape"], Json({2, 3}));
  EXPECT_DOUBLE_EQ(json["slices"][1]["norm"], std::sqrt(7.0 * 7 + 8 * 8));
  EXPECT_DOUBLE_EQ(json["slices"][0]["norm_m"], std::sqrt(91.0));
  EXPECT_DOUBLE_EQ(json["slices"][2]["norm_v"], static_cast<double>(1e-20f));
  EXPECT_FALSE(json.contains("problem"));
}

TEST(DescribeCheckpoint, ReportsWhyAFileIsInvalid) {
  ScratchFolder const folder;
  write_bytes(folder / "x", "no checkpoint");
  Json const json = describe_checkpoint(folder / "x");
  EXPECT_EQ(json["sound"], false);
  EXPECT_NE(json["problem"].get<std::string>().find("safetensors file"), std::string::npos);
  EXPECT_EQ(describe_checkpoint(folder / "missing")["sound"], false);
}

}  // namespace
}  // namespace moneta
