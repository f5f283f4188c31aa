// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <new>
#include <span>
#include <string>

#include "base/error.h"
#include "data/inspect.h"
#include "io/h5.h"
#include "io/json_file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t limit_reply_bytes = std::size_t{1} << 20;
constexpr std::size_t trace_bytes = 256;
constexpr char const* advice =
    ". Copy it again from where it came, or prepare it again with 'moneta prepare'?";

/// Memory that a child shares with its parent: the name of the object that it reads.
class SharedTrace {
 public:
  SharedTrace()
      : memory_(::mmap(nullptr, trace_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                       0)) {
    MONETA_REQUIRE(memory_ != MAP_FAILED, internal, "cannot share memory with a process ({})",
                   std::strerror(errno));
  }
  SharedTrace(SharedTrace const&) = delete;
  SharedTrace& operator=(SharedTrace const&) = delete;
  ~SharedTrace() { ::munmap(memory_, trace_bytes); }

  std::span<char> span() const { return {static_cast<char*>(memory_), trace_bytes}; }
  /// ", object '/1m/time'"; empty if there was none.
  std::string text() const {
    auto const letters = span();
    std::string const name(letters.begin(), std::find(letters.begin(), letters.end(), '\0'));
    return name.empty() ? "" : fmt::format(", object '{}'", sanitized(name));
  }

 private:
  void* memory_;
};

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

/// What the child answers: a summary or an error.
Json answer(fs::path const& path, SharedTrace const& trace, ChildLimits const& limits) {
  try {
    return {{"summary", read_shard_summary(path)}};
  } catch (Error const& error) {
    return {{"error", error.what()}};
  } catch (std::bad_alloc const&) {
    return {
        {"error",
         fmt::format(
             "'{}'{}: to read it takes more than {} MiB of memory (it is damaged, or no shard of a month){}",
             path.string(), trace.text(), limits.memory_bytes >> 20, advice)}};
  } catch (std::exception const& error) {
    return {{"error", fmt::format("'{}'{} cannot be checked ({}){}", path.string(), trace.text(),
                                  sanitized(error.what()), advice)}};
  }
}

/// The child's work; it never returns, so that nothing of the parent is undone twice.
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
  h5_leave_trace(trace.span());
  auto const reply = answer(path, trace, limits);
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

/// Why a process ended by a signal.
std::string reason(int signal, ChildLimits const& limits) {
  if (signal == SIGXCPU)
    return fmt::format("it took more than {} s of processor time", limits.cpu_s);
  if (signal == SIGALRM) return fmt::format("it took more than {} s", limits.wall_s);
  return fmt::format("the process that read it was ended by: {}", ::strsignal(signal));
}

}  // namespace

Json validate_in_child(fs::path const& path, ChildLimits const& limits) {
  SharedTrace const trace;
  int ends[2];
  MONETA_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0, internal, "cannot make a pipe ({})",
                 std::strerror(errno));
  auto const child = ::fork();
  if (child == 0) run_child(path, ends[1], trace, limits);
  int const why = errno;
  ::close(ends[1]);
  std::string const text = child > 0 ? read_all(ends[0]) : "";
  ::close(ends[0]);
  MONETA_REQUIRE(child > 0, internal, "cannot start a process to check '{}' ({})", path.string(),
                 std::strerror(why));
  int const status = wait_for(child);
  MONETA_REQUIRE(!WIFSIGNALED(status), data, "'{}'{} is damaged ({}){}", path.string(),
                 trace.text(), reason(WTERMSIG(status), limits), advice);
  MONETA_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0 && !text.empty(), data,
                 "'{}'{} is damaged (the process that read it gave no answer){}", path.string(),
                 trace.text(), advice);
  auto const reply = parse_json(text, "the answer about '" + path.string() + "'");
  JsonFields fields(reply, "the answer about '" + path.string() + "'");
  if (fields.has("error")) throw Error(ErrorKind::data, fields.text("error"));
  Json const& summary = fields.member("summary");
  MONETA_REQUIRE(summary.is_object(), data,
                 "'{}'{} is damaged (the process that read it gave no summary){}", path.string(),
                 trace.text(), advice);
  return summary;
}

}  // namespace moneta
