// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>

#include "base/error.h"
#include "data/inspect.h"
#include "io/json_file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr rlim_t limit_cpu_s = 120;
constexpr unsigned limit_wall_s = 600;
constexpr rlim_t limit_extra_bytes = rlim_t{4} << 30;
constexpr std::size_t limit_reply_bytes = std::size_t{1} << 20;

/// What this process has mapped already: the limit counts it too.
rlim_t mapped_bytes() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void limit(int resource, rlim_t value) {
  rlimit limits{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
  limits.rlim_cur = limits.rlim_max == RLIM_INFINITY ? value : std::min(value, limits.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
}

void write_all(int pipe, std::string const& text) {
  for (std::size_t done = 0; done < text.size();) {
    auto const count = ::write(pipe, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

/// The child's work; it never returns, so that nothing of the parent is undone twice.
[[noreturn]] void run_child(fs::path const& path, int pipe) {
  for (int const number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGXCPU, SIGTERM}) {
    ::signal(number, SIG_DFL);
  }
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limit_cpu_s);
  limit(RLIMIT_AS, mapped_bytes() + limit_extra_bytes);
  ::alarm(limit_wall_s);
  Json reply;
  try {
    reply["summary"] = read_shard_summary(path);
  } catch (Error const& error) {
    reply = {{"error", error.what()}};
  } catch (std::exception const& error) {
    reply = {{"error", cat("'", path.string(), "' cannot be checked (", error.what(), ")")}};
  }
  write_all(pipe, reply.dump(-1, ' ', false, Json::error_handler_t::replace));
  ::_exit(0);
}

std::string read_all(int pipe) {
  std::string text;
  char piece[4096];
  for (;;) {
    auto const count = ::read(pipe, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || text.size() > limit_reply_bytes) return text;
    text.append(piece, static_cast<std::size_t>(count));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Json validate_in_child(fs::path const& path) {
  int ends[2];
  MONETA_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0, internal, "cannot make a pipe (",
                 std::strerror(errno), ")");
  auto const child = ::fork();
  if (child == 0) run_child(path, ends[1]);
  int const why = errno;
  ::close(ends[1]);
  std::string const text = child > 0 ? read_all(ends[0]) : "";
  ::close(ends[0]);
  MONETA_REQUIRE(child > 0, internal, "cannot start a process to check '", path.string(), "' (",
                 std::strerror(why), ")");
  int const status = wait_for(child);
  MONETA_REQUIRE(!WIFSIGNALED(status), data, "'", path.string(),
                 "' is damaged (the process that read it was ended by: ",
                 ::strsignal(WTERMSIG(status)), "). Prepare or copy it again?");
  MONETA_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0 && !text.empty(), data, "'",
                 path.string(), "' is damaged (the process that read it gave no answer)");
  auto const reply = parse_json(text, "the answer about '" + path.string() + "'");
  MONETA_REQUIRE(reply.contains("summary"), data, reply.value("error", "no answer"));
  return reply["summary"];
}

}  // namespace moneta
