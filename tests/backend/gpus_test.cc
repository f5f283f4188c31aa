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

TEST(GpuErrors, NameTheGpuThatDoesNotExist) {
  std::size_t const beyond = count_gpus().count;
  std::string const text = fmt::format("there is no GPU {} (", beyond);
  expect_error(ErrorKind::device, text, [&] { gpu_identity(beyond); });
  expect_error(ErrorKind::device, text, [&] { make_cuda_backend(beyond); });
}

}  // namespace
}  // namespace moneta
