// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "backend/backends.h"
#include "support/expect_error.h"

namespace moneta {
namespace {

TEST(CudaIdentity, IsAUniqueUuid) {
  GpuCount const gpus = count_gpus();
  if (gpus.count == 0) GTEST_SKIP() << "no GPU: " << gpus.why_none;
  std::string const zeros = "GPU-00000000-0000-0000-0000-000000000000";
  for (std::size_t a = 0; a < gpus.count; ++a) {
    EXPECT_EQ(gpu_identity(a).size(), zeros.size());
    EXPECT_NE(gpu_identity(a), zeros);
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(gpu_identity(a), gpu_identity(b));
  }
}

/// Equal GPUs must give checkpoints with the same bytes.
TEST(CudaRoundingIdentity, IsThatOfAllEqualGpus) {
  GpuCount const gpus = count_gpus();
  if (gpus.count == 0) GTEST_SKIP() << "no GPU: " << gpus.why_none;
  for (std::size_t i = 0; i < gpus.count; ++i) {
    GpuInfo const& gpu = gpus.usable[i];
    std::string const identity = make_cuda_backend(i)->rounding_identity();
    EXPECT_TRUE(
        identity.starts_with(fmt::format("{}, compute capability {}.{}, {} multiprocessors, cuDNN ",
                                         gpu.name, gpu.major, gpu.minor, gpu.multiprocessors)))
        << identity;
    EXPECT_NE(identity.find(", cuBLASLt "), std::string::npos) << identity;
  }
}

TEST(GpuErrors, NameTheGpuThatDoesNotExist) {
  std::size_t const beyond = count_gpus().count;
  std::string const text = fmt::format("there is no GPU {} (", beyond);
  expect_error(ErrorKind::device, text, [&] { gpu_identity(beyond); });
  expect_error(ErrorKind::device, text, [&] { make_cuda_backend(beyond); });
}

TEST(UsableGpus, AreThoseOfComputeCapability8AndNewer) {
  GpuInfo const t4{0, "Tesla T4", 7, 5, 40}, a100{1, "A100", 8, 0, 108}, h100{2, "H100", 9, 0, 132};
  GpuCount const some = usable_gpus({t4, a100, h100});
  EXPECT_EQ(some.count, 2u);
  EXPECT_EQ(some.why_none, "");
  ASSERT_EQ(some.usable.size(), 2u);
  EXPECT_EQ(some.usable[0].ordinal, 1u) << "GPU 0 of the program is CUDA's GPU 1";
  EXPECT_EQ(some.usable[1].ordinal, 2u);
  EXPECT_EQ(some.unusable, std::vector{why_unusable(t4)});

  GpuInfo const p4{1, "Tesla P4", 6, 1, 20};
  EXPECT_EQ(usable_gpus({t4, p4}).why_none, why_unusable(t4) + "; " + why_unusable(p4));
  GpuCount const none = usable_gpus({t4});
  EXPECT_EQ(none.count, 0u);
  EXPECT_EQ(none.why_none,
            "GPU 0 (Tesla T4) has compute capability 7.5, and 8.0 or newer is required");
  EXPECT_EQ(usable_gpus({}).why_none, "this machine has no GPU");
}

TEST(UsableGpus, HaveTheirNumberInCuda) {
  GpuCount const gpus = count_gpus();
  EXPECT_EQ(gpus.usable.size(), gpus.count);
  EXPECT_EQ(gpus.why_none.empty(), gpus.count > 0) << gpus.why_none;
}

}  // namespace
}  // namespace moneta
