// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "backend/lstm.h"

/// Benchmarks of the persistent LSTM algorithm in a process of their own. Its kernels wait for each
/// other on the GPU: where they do not fit they run forever, and a fault in a kernel makes the GPU
/// useless for its process. A child process can be killed. It is no client of an MPS server, where
/// a fault would also end the other clients.
namespace moneta {

/// Longest duration of a child, including the start of CUDA.
inline constexpr std::chrono::seconds benchmark_deadline{60};

/// The command of a child, such as {"/proc/self/exe", "lstm-benchmark"}; it is called with one more
/// argument, which it must pass to run_persistent_benchmark. Without it, which is the initial
/// state, the persistent algorithm is never offered. To be set before other threads start.
void set_benchmark_program(std::vector<std::string> command);
std::vector<std::string> const& benchmark_program();

/// Runs the benchmark for a layer of this shape on GPU `gpu` in a child process. Every outcome
/// other than a result that arrives within the deadline, from a process that ends with status 0,
/// becomes LstmBenchmark::refused. Waits; calls `keep_waiting` while it does, whose exceptions end
/// the child too. A child that exceeds the deadline or is given up is killed with its descendants,
/// which may take another half minute if the driver does not release it.
LstmBenchmark persistent_benchmark_in_child(
    std::vector<std::string> const& program, std::size_t gpu, LstmShape const& shape,
    KeepWaiting const& keep_waiting, std::chrono::milliseconds deadline = benchmark_deadline);

/// What the child does: runs the benchmark that `request` describes, prints benchmark_answer and
/// ends the process with status 0. The child ends when its parent does, and at the latest a few
/// seconds after the deadline.
[[noreturn]] void run_persistent_benchmark(std::string const& request);

/// The result of the benchmark that `request` describes, a line of JSON. Every error is a result:
/// its text becomes LstmBenchmark::refused, also if `parent` is not the process that made the
/// request.
std::string benchmark_answer(std::string const& request, pid_t parent);

/// The benchmark on GPU `gpu` in this process, which may never return. Throws Error (device) if the
/// GPU cannot be used before or after it.
LstmBenchmark persistent_benchmark_here(std::size_t gpu, LstmShape const& shape);

/// A benchmark that a child must run, as the argument of its command.
struct BenchmarkRequest {
  std::size_t gpu = 0;
  LstmShape shape;
  pid_t parent = 0;  ///< the process that has made the request
};
std::string to_json_text(BenchmarkRequest const& request);
/// Throws Error (internal) for any other text.
BenchmarkRequest benchmark_request_from(std::string const& text);

}  // namespace moneta
