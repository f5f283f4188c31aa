// SPDX-License-Identifier: Apache-2.0
// The main function of test programs that mpirun starts.
#include "mpi/test_session.h"

#include <gtest/gtest.h>

#include <iostream>

#include "base/error.h"

namespace moneta {

MpiSession* session = nullptr;

namespace {

/// Prints the failures of ranks other than 0, which print nothing else.
class FailurePrinter : public testing::EmptyTestEventListener {
  void OnTestPartResult(testing::TestPartResult const& result) override {
    if (!result.failed()) return;
    std::cerr << fmt::format("rank {}: {}:{}: {}\n", session->rank(), result.file_name(),
                             result.line_number(), result.message());
  }
};

}  // namespace
}  // namespace moneta

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  moneta::MpiSession session;
  moneta::session = &session;
  if (session.rank() > 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new moneta::FailurePrinter);
  }
  return RUN_ALL_TESTS();
}
