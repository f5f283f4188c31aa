// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

/// A strict software model of the parts of CUDA that Moneta uses (runtime, cuBLASLt, cuDNN, NCCL):
/// what its files share. README.md says what it checks and how it is controlled.
namespace cuda_model {

/// The work of one entry of a stream. It runs later, on the thread of some call that waits or
/// enqueues, while that thread holds the lock of the model. It must not enqueue or wait. Graphs run
/// it repeatedly.
using Operation = std::function<void()>;

/// Ends the process with status 99 after "CUDA model: CALL: WHAT" and a backtrace. For misuse that
/// a GPU would not report, or only as a fault much later.
[[noreturn]] void misuse(char const* call, std::string const& what);

/// Appends an operation to a stream (or records it, if the stream is being captured). It runs after
/// everything the stream holds, at a random time that the stream's events allow. Misuse unless the
/// stream belongs to the current device. `call` must be a literal.
void enqueue(cudaStream_t stream, char const* call, Operation operation);

/// The same for an operation that waits for something outside the process, like other ranks: it
/// runs once `is_ready`, which must not block, has returned true.
void enqueue_when(cudaStream_t stream, char const* call, std::function<bool()> is_ready,
                  Operation operation);

/// Whether the stream exists (misuse otherwise), its device, and whether it is being captured.
void require_stream(char const* call, cudaStream_t stream);
int device_of(cudaStream_t stream);
bool is_capturing(cudaStream_t stream);

/// The device that cudaSetDevice selected for this thread.
int current_device();

/// The compute capability of the devices times ten (CUDA_MODEL_CAPABILITY): 90 for 9.0.
int capability();

/// Requires that [pointer, pointer + bytes) lies in one live allocation of device memory of the
/// current device and is aligned; misuse names `what` otherwise. Nothing is required of 0 bytes.
void require_device_memory(char const* call, char const* what, void const* pointer,
                           std::size_t bytes, std::size_t alignment = 1);
bool is_device_memory(void const* pointer);

/// Device memory that a library takes for itself, as NCCL does for its channels: counted as used
/// until `release_library_memory`. Returns false if the device does not have enough.
bool take_library_memory(int device, std::size_t bytes);
void release_library_memory(int device, std::size_t bytes);

/// The status that the n-th call of this name must return (CUDA_MODEL_FAIL); 0: the call goes on.
/// It also counts the call, and never returns if the call must hang (CUDA_MODEL_HANG). Each entry
/// point calls it first.
int injected_status(char const* call);

/// Makes all later calls of the device fail with `error`, as a fault in a kernel does.
void set_sticky_error(int device, cudaError_t error);

/// Adds to a number of the report (CUDA_MODEL_REPORT). "group/name" makes it member `name` of the
/// object `group`.
void count(std::string const& what, std::uint64_t number = 1);

/// From the seed (CUDA_MODEL_SEED): the same program makes the same choices.
std::uint64_t random_number();

/// An FNV-1a digest over words of 8 bytes, to notice arrays that changed between calls. Only within
/// an Operation for device memory.
std::uint64_t digest(void const* data, std::size_t bytes);

/// The lock of all state of the model. Operations run while it is held, so a mutex of a library
/// that an operation also locks must never be held during a call of this header. The entry points
/// of the libraries can use this lock instead of their own. No thread may hold it while it calls
/// cuda*().
[[nodiscard]] std::unique_lock<std::recursive_mutex> lock_model();

/// The number in an environment variable, or `fallback` if it is unset or empty. Misuse if it is
/// not a number.
std::uint64_t setting(char const* name, std::uint64_t fallback);

}  // namespace cuda_model
