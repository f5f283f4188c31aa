// SPDX-License-Identifier: Apache-2.0
#include "base/host.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/error_text.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

TEST(UsableCores, FollowsTheAffinityOfTheThread) {
  EXPECT_GE(usable_cores(), 1u);
  std::size_t bound = 0;
  std::thread([&] {  // a thread of its own, so that the affinity of the tests stays as it is
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    bound = usable_cores();
  })
      .join();
  EXPECT_EQ(bound, 1u);
}

TEST(ResidentMemory, GrowsWithTouchedMemory) {
  std::size_t const before = resident_memory_bytes();
  std::vector<char> block(std::size_t{64} << 20, 1);
  std::size_t const after = resident_memory_bytes();
  EXPECT_GT(before, std::size_t{1} << 20);
  EXPECT_GT(after, before + (std::size_t{60} << 20));
  EXPECT_EQ(block[block.size() / 2], 1);
}

TEST(HostMemoryLimitBytes, IsKnownOnThisMachine) {
  EXPECT_GT(host_memory_limit_bytes(), resident_memory_bytes());
}

struct LimitCase {
  char const* name;
  std::map<std::string, std::string> files;
  std::size_t mib;

  friend void PrintTo(LimitCase const& c, std::ostream* out) { *out << c.name; }
};

class HostMemoryLimit : public testing::TestWithParam<LimitCase> {};

TEST_P(HostMemoryLimit, IsTheSmallestLimitOfMachineAndControlGroups) {
  FreshFolder root;
  root.write("proc/meminfo", "MemTotal:        1024000 kB\nMemFree: 1 kB\n");
  for (auto const& [path, text] : GetParam().files) root.write(path, text);
  EXPECT_EQ(host_memory_limit_bytes(root / ""), GetParam().mib << 20);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, HostMemoryLimit, testing::ValuesIn(std::vector<LimitCase>{
    {"NoGroups",      {}, 1000},
    {"Version2",      {{"proc/self/cgroup", "0::/job\n"},
                       {"sys/fs/cgroup/job/memory.max", "104857600\n"}}, 100},
    {"Version2Max",   {{"proc/self/cgroup", "0::/job\n"},
                       {"sys/fs/cgroup/job/memory.max", "max\n"}}, 1000},
    {"Version2Above", {{"proc/self/cgroup", "0::/slurm/job/step\n"},
                       {"sys/fs/cgroup/slurm/job/step/memory.max", "max\n"},
                       {"sys/fs/cgroup/slurm/job/memory.max", "209715200\n"},
                       {"sys/fs/cgroup/slurm/memory.max", "419430400\n"}}, 200},
    {"Version2Container", {{"proc/self/cgroup", "0::/\n"},
                       {"sys/fs/cgroup/memory.max", "104857600\n"}}, 100},
    {"Version1",      {{"proc/self/cgroup", "5:cpu,memory:/job\n3:cpuset:/\n"},
                       {"sys/fs/cgroup/memory/job/memory.limit_in_bytes", "104857600\n"}}, 100},
    {"Version1HostPathInAContainer", {{"proc/self/cgroup", "5:memory:/docker/abc\n0::/\n"},
                       {"sys/fs/cgroup/memory/memory.limit_in_bytes", "104857600\n"}}, 100},
    {"Version1Unlimited", {{"proc/self/cgroup", "5:memory:/\n"},
                       {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}}, 1000},
    {"Unreadable",    {{"proc/self/cgroup", "nonsense\n"}}, 1000},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(HostMemoryLimitErrors, NamesTheFileAndTheKeyToSetIfTheMemoryIsUnknown) {
  FreshFolder root;
  std::string const text =
      error_text(ErrorKind::device, [&] { host_memory_limit_bytes(root / ""); });
  for (std::string const& part : {(root / "" / "proc/meminfo").string(), std::string("MemTotal"),
                                  std::string("device.memory_limit_mib")}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace moneta
