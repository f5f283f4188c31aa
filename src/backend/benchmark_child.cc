// SPDX-License-Identifier: Apache-2.0
#include "backend/benchmark_child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/json.h"

namespace moneta {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t most_output_bytes = 4096;

std::vector<std::string>& program() {
  static std::vector<std::string> command;
  return command;
}

LstmBenchmark refused(std::string why) {
  LstmBenchmark benchmark;
  benchmark.refused = std::move(why);
  return benchmark;
}

/// The standard output of a child.
class OutputPipe {
 public:
  OutputPipe() {
    if (::pipe2(ends_, O_CLOEXEC) == 0) ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  OutputPipe(OutputPipe const&) = delete;
  OutputPipe& operator=(OutputPipe const&) = delete;
  ~OutputPipe() {
    for (int const end : ends_)
      if (end >= 0) ::close(end);
  }

  bool is_open() const { return ends_[0] >= 0; }
  int writing_end() const { return ends_[1]; }
  void close_writing_end() { ::close(std::exchange(ends_[1], -1)); }

  /// Takes what the child has written so far; does not wait.
  void drain() {
    char buffer[1024];
    for (;;) {
      ssize_t const bytes = ::read(ends_[0], buffer, sizeof buffer);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes <= 0) return;
      std::size_t const room = most_output_bytes - std::min(most_output_bytes, text_.size());
      text_.append(buffer, std::min(static_cast<std::size_t>(bytes), room));
    }
  }
  std::string const& text() const { return text_; }

 private:
  int ends_[2] = {-1, -1};
  std::string text_;
};

/// Starts the command with the pipe as its standard output, as the leader of a process group.
/// Returns 0 or an errno.
int spawn(std::vector<std::string> command, OutputPipe const& pipe, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, pipe.writing_end(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int const error =
      ::posix_spawn(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

/// The exit status of a child as waitpid reports it, or nothing if it did not end in time. Then it
/// was killed; a process that the driver does not release is left behind.
std::optional<int> status_within(milliseconds deadline, pid_t pid, OutputPipe& pipe) {
  auto const until = Clock::now() + deadline;
  int status = 0;
  for (milliseconds wait(1); Clock::now() < until; wait = std::min(2 * wait, milliseconds(50))) {
    pipe.drain();
    pid_t const ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR)) {
      pipe.drain();
      return ended == pid ? status : -1;
    }
    std::this_thread::sleep_for(wait);
  }
  ::kill(-pid, SIGKILL);
  auto const reap_until = Clock::now() + std::chrono::seconds(1);
  while (::waitpid(pid, nullptr, WNOHANG) == 0 && Clock::now() < reap_until) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  return {};
}

Json to_json(LstmBenchmark const& benchmark) {
  Json json = {{"refused", benchmark.refused},
               {"repeats", benchmark.repeats},
               {"standard_s", benchmark.standard_s},
               {"persistent_s", benchmark.persistent_s}};
  if (std::isfinite(benchmark.difference)) json["difference"] = benchmark.difference;
  return json;
}

/// What a child printed.
LstmBenchmark benchmark_from(std::string const& text) {
  try {
    Json const json = Json::parse(text);
    LstmBenchmark benchmark;
    json.at("refused").get_to(benchmark.refused);
    json.at("repeats").get_to(benchmark.repeats);
    json.at("standard_s").get_to(benchmark.standard_s);
    json.at("persistent_s").get_to(benchmark.persistent_s);
    // JSON has no infinite numbers.
    benchmark.difference = json.value("difference", std::numeric_limits<double>::infinity());
    return benchmark;
  } catch (Json::exception const&) {
    return refused("the process of its benchmark printed no result");
  }
}

}  // namespace

void set_benchmark_program(std::vector<std::string> command) { program() = std::move(command); }
std::vector<std::string> const& benchmark_program() { return program(); }

LstmBenchmark persistent_benchmark_in_child(std::vector<std::string> const& program,
                                            std::size_t gpu, LstmShape const& shape,
                                            milliseconds deadline) {
  if (program.empty()) return refused("this program cannot benchmark it in another process");
  std::vector<std::string> command = program;
  command.push_back(to_json_text({gpu, shape}));
  OutputPipe pipe;
  pid_t pid = -1;
  int const error = pipe.is_open() ? spawn(std::move(command), pipe, pid) : errno;
  if (error != 0) {
    return refused(fmt::format("its benchmark cannot be started ({})", std::strerror(error)));
  }
  pipe.close_writing_end();
  auto const status = status_within(deadline, pid, pipe);
  if (!status) {
    return refused(fmt::format("its benchmark was killed after {:g} s",
                               std::chrono::duration<double>(deadline).count()));
  }
  if (WIFSIGNALED(*status)) {
    return refused(fmt::format("its benchmark ended by signal {}", WTERMSIG(*status)));
  }
  if (*status != 0) {
    return refused(fmt::format("its benchmark ended with status {}", WEXITSTATUS(*status)));
  }
  return benchmark_from(pipe.text());
}

void run_persistent_benchmark(std::string const& request) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  BenchmarkRequest const wanted = benchmark_request_from(request);
  LstmBenchmark const benchmark = persistent_benchmark_here(wanted.gpu, wanted.shape);
  std::printf("%s\n", to_json(benchmark).dump().c_str());
  std::fflush(stdout);
}

std::string to_json_text(BenchmarkRequest const& request) {
  LstmShape const& shape = request.shape;
  return Json{{"gpu", request.gpu},
              {"steps", shape.steps},
              {"batch", shape.batch},
              {"inputs", shape.inputs},
              {"weight_inputs", shape.weight_inputs},
              {"hidden", shape.hidden},
              {"directions", shape.directions},
              {"precision", to_string(shape.precision)},
              {"input_gradient", shape.input_gradient}}
      .dump();
}

BenchmarkRequest benchmark_request_from(std::string const& text) {
  BenchmarkRequest request;
  LstmShape& shape = request.shape;
  try {
    Json const json = Json::parse(text);
    json.at("gpu").get_to(request.gpu);
    json.at("steps").get_to(shape.steps);
    json.at("batch").get_to(shape.batch);
    json.at("inputs").get_to(shape.inputs);
    json.at("weight_inputs").get_to(shape.weight_inputs);
    json.at("hidden").get_to(shape.hidden);
    json.at("directions").get_to(shape.directions);
    shape.precision = precision_named(json.at("precision").get<std::string>());
    json.at("input_gradient").get_to(shape.input_gradient);
  } catch (Json::exception const& error) {
    throw Error(ErrorKind::internal,
                fmt::format("'{}' is no request for a benchmark ({})", text, error.what()));
  }
  return request;
}

}  // namespace moneta
