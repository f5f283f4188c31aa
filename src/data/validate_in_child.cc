// SPDX-License-Identifier: Apache-2.0
#include "data/validate_in_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <new>
#include <span>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "data/shard_summary.h"
#include "io/file.h"
#include "io/h5_trace.h"
#include "io/json_file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t limit_reply_bytes = std::size_t{1} << 20;
constexpr std::size_t trace_bytes = 256;
constexpr char const* advice =
    ". Copy it again from its source, or prepare it again with 'moneta prepare'?";

/// Memory that a child shares with its parent: the name of the object that the child is reading.
class SharedTrace {
 public:
  SharedTrace()
      : memory_(::mmap(nullptr, trace_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                       0)) {
    MONETA_REQUIRE(memory_ != MAP_FAILED, internal, "cannot share memory with a child process ({})",
                   std::strerror(errno));
  }
  SharedTrace(SharedTrace const&) = delete;
  SharedTrace& operator=(SharedTrace const&) = delete;
  ~SharedTrace() { ::munmap(memory_, trace_bytes); }

  std::span<char> span() const { return {static_cast<char*>(memory_), trace_bytes}; }
  /// ", object '/1m/time'"; empty if nothing was read.
  std::string text() const {
    auto const letters = span();
    std::string const name(letters.begin(), std::find(letters.begin(), letters.end(), '\0'));
    return name.empty() ? "" : fmt::format(", object '{}'", sanitized(name));
  }

 private:
  void* memory_;
};

/// The address space that this process has mapped already; the limit includes it.
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

/// The child's answer: a summary or an error.
Json answer(fs::path const& path, SharedTrace const& trace, ChildLimits const& limits) {
  try {
    return {{"summary", read_shard_summary(path)}};
  } catch (Error const& error) {
    return {{"error", error.what()}};
  } catch (std::bad_alloc const&) {
    return {
        {"error",
         fmt::format(
             "'{}'{}: reading it takes more than {} MiB of memory (it is damaged, or not a shard of one month){}",
             path.string(), trace.text(), limits.memory_bytes >> 20, advice)}};
  } catch (std::exception const& error) {
    return {{"error", fmt::format("'{}'{} cannot be checked ({}){}", path.string(), trace.text(),
                                  sanitized(error.what()), advice)}};
  }
}

/// The child's work. It never returns, so that no destructor of the parent runs twice.
[[noreturn]] void run_child(fs::path const& path, int pipe, SharedTrace const& trace,
                            ChildLimits const& limits) {
  for (int const number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGXCPU, SIGTERM}) {
    ::signal(number, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.cpu_s);
  limit(RLIMIT_AS, mapped_bytes() + limits.memory_bytes);
  ::alarm(limits.wall_s);
  h5_trace_into(trace.span());
  auto const reply = answer(path, trace, limits);
  (void)write_all(pipe, reply.dump(-1, ' ', false, Json::error_handler_t::replace));
  ::_exit(0);
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    auto const [count, why] = read_some(pipe, std::as_writable_bytes(std::span(piece)));
    if (why != 0 || count == 0 || text.size() > limit_reply_bytes) return text;
    text.append(piece.data(), count);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Why a signal ended the child.
std::string reason(int signal, ChildLimits const& limits) {
  if (signal == SIGXCPU) return fmt::format("it took more than {} s of CPU time", limits.cpu_s);
  if (signal == SIGALRM) return fmt::format("it took more than {} s", limits.wall_s);
  return fmt::format("a signal ended the process that read it: {}", ::strsignal(signal));
}

}  // namespace

Json validate_in_child(fs::path const& path, ChildLimits const& limits) {
  SharedTrace const trace;
  int ends[2];
  MONETA_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0, internal, "cannot create a pipe ({})",
                 std::strerror(errno));
  Descriptor reading(ends[0]), writing(ends[1]);
  auto const child = ::fork();
  if (child == 0) run_child(path, writing.get(), trace, limits);
  MONETA_REQUIRE(child > 0, internal, "cannot start a process to check '{}' ({})", path.string(),
                 std::strerror(errno));
  (void)writing.close();
  std::string const text = read_all(reading.get());
  (void)reading.close();
  int const status = wait_for(child);
  MONETA_REQUIRE(!WIFSIGNALED(status), data, "'{}'{} is damaged ({}){}", path.string(),
                 trace.text(), reason(WTERMSIG(status), limits), advice);
  MONETA_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0 && !text.empty(), data,
                 "'{}'{} is damaged (the process that read it gave no answer){}", path.string(),
                 trace.text(), advice);
  auto const what = fmt::format("the answer about '{}'", path.string());
  auto const reply = parse_json(text, what);
  JsonFields fields(reply, what);
  if (fields.has("error")) throw Error(ErrorKind::data, fields.text("error"));
  Json const& summary = fields.member("summary");
  MONETA_REQUIRE(summary.is_object(), data,
                 "'{}'{} is damaged (the process that read it gave no summary){}", path.string(),
                 trace.text(), advice);
  return summary;
}

}  // namespace moneta
