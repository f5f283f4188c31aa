// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_command.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

bool never() { return false; }

/// Runs the command in a thread that blocks SIGPIPE, as AlertSender does.
SendResult run(std::string const& command, std::string const& input = "{}\n",
               milliseconds limit = milliseconds(20'000), GiveUp const& give_up = never) {
  SendResult result;
  std::thread([&] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    result = AlertCommand(command, limit).run("slow", input, give_up);
  }).join();
  return result;
}

/// Waits up to 5 seconds until the process has ended or is a zombie.
bool has_ended(std::string const& pid) {
  for (int i = 0; i < 500; ++i) {
    std::ostringstream text;
    text << std::ifstream("/proc/" + pid + "/stat").rdbuf();
    if (text.str().empty() || text.str().find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST(AlertCommand, ReadsTheRecordFromItsInput) {
  FreshFolder const folder;
  std::string const input = "{\"message\":\"$HOME `x` 'y'\"}\n";
  EXPECT_TRUE(run(fmt::format("cat > {}", (folder / "in").string()), input).sent);
  EXPECT_EQ(folder.read("in"), input);
}

TEST(AlertCommand, MayReadMoreThanAPipeHolds) {
  FreshFolder const folder;
  std::string const input(1'000'000, 'x');
  EXPECT_TRUE(run(fmt::format("cat > {}", (folder / "in").string()), input).sent);
  EXPECT_EQ(folder.read("in").size(), input.size());
}

TEST(AlertCommand, NeedNotReadItsInput) {
  EXPECT_TRUE(run("exit 0", std::string(1'000'000, 'x')).sent);
  EXPECT_TRUE(run("exec <&-; sleep 0.05", std::string(1'000'000, 'x')).sent);
}

TEST(AlertCommand, HasTheEnvironmentWithTheAction) {
  FreshFolder const folder;
  ::setenv("MONETA_TEST_VARIABLE", "a  b", 1);
  ::setenv("MONETA_ALERT_ACTION", "another", 1);
  std::string const out = (folder / "out").string();
  EXPECT_TRUE(
      run(fmt::format(
              "echo \"$MONETA_TEST_VARIABLE,$MONETA_ALERT_ACTION\" > {}; env | grep -c ^MONETA_ALERT_ACTION= >> {}",
              out, out))
          .sent);
  ::unsetenv("MONETA_TEST_VARIABLE");
  ::unsetenv("MONETA_ALERT_ACTION");
  EXPECT_EQ(folder.read("out"), "a  b,slow\n1\n");
}

TEST(AlertCommand, LeadsAProcessGroupWithoutBlockedSignals) {
  FreshFolder const folder;
  std::string const out = (folder / "out").string();
  // Shell builtins only, since a shell blocks signals while it starts another program.
  EXPECT_TRUE(
      run(fmt::format(
              "read -r pid name state parent group rest < /proc/$$/stat; test $group = $$ && while read -r name value; do test $name = SigBlk: && echo $name $value; done < /proc/$$/status > {}; true",
              out))
          .sent);
  EXPECT_EQ(folder.read("out"), "SigBlk: 0000000000000000\n");
}

TEST(AlertCommand, HasNoOtherFileOfThisProcessOpen) {
  FreshFolder const folder;
  std::string const out = (folder / "out").string();
  int const file = ::open("/dev/null", O_RDONLY);  // without close-on-exec, as in some libraries
  ASSERT_GT(file, 2);
  EXPECT_TRUE(
      run(fmt::format(
              "test -e /proc/$$/fd/{} && it=open || it=closed; one=$(readlink /proc/$$/fd/1); two=$(readlink /proc/$$/fd/2); echo $it $one $two > {}",
              file, out))
          .sent);
  ::close(file);
  EXPECT_EQ(folder.read("out"), "closed /dev/null /dev/null\n");
}

TEST(AlertCommand, FailsWithItsExitStatus) {
  SendResult const result = run("echo secret >&2; exit 3");
  EXPECT_FALSE(result.sent);
  EXPECT_TRUE(result.retry);
  EXPECT_EQ(result.problem, "exit status 3");
  EXPECT_EQ(run("/no/such/program").problem, "exit status 127");
  EXPECT_EQ(run("kill -9 $$").problem, "killed by signal 9");
}

TEST(AlertCommand, IsKilledAtItsLimitWithItsChildren) {
  FreshFolder const folder;
  std::string const out = (folder / "out").string();
  SendResult const result =
      run(fmt::format("trap '' TERM; sleep 60 & echo $! > {}; echo $$ >> {}; wait", out, out),
          "{}\n", milliseconds(500));
  EXPECT_FALSE(result.sent);
  EXPECT_FALSE(result.retry) << "the next attempt would hang as well";
  EXPECT_EQ(result.problem, "killed after its limit of 0.5 s");
  auto const pids = folder.lines("out");
  ASSERT_EQ(pids.size(), 2u);
  for (std::string const& pid : pids) EXPECT_TRUE(has_ended(pid)) << pid;
}

TEST(AlertCommand, IsKilledWhenItIsGivenUp) {
  auto const start = std::chrono::steady_clock::now();
  SendResult const result = run("sleep 60", "{}\n", milliseconds(60'000), [] { return true; });
  EXPECT_EQ(result.problem, "the run ended first");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace moneta
