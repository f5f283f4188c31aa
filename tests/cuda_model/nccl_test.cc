// SPDX-License-Identifier: Apache-2.0
// The model's NCCL between processes. Every rank is a child process, because the model, like CUDA,
// does not survive a fork.
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nccl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace {

/// The work of a rank; returns what went wrong.
using Body = std::function<std::string(int rank, ncclUniqueId const& id)>;

constexpr int misuse_status = 99;

struct Ended {
  std::string text;  ///< what the body returned, after what the process printed
  int status = -1;
};

struct Child {
  pid_t process;
  int output;
};

Child start(Body const& body, int rank, ncclUniqueId const& id) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  pid_t const process = ::fork();
  if (process == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    std::string const text = body(rank, id);
    (void)!::write(ends[1], text.data(), text.size());
    ::_exit(text.empty() ? 0 : 1);
  }
  ::close(ends[1]);
  return {process, ends[0]};
}

Ended finish(Child const& child) {
  Ended ended;
  char part[4096];
  for (ssize_t count; (count = ::read(child.output, part, sizeof part)) > 0;) {
    ended.text.append(part, static_cast<std::size_t>(count));
  }
  ::close(child.output);
  int status = 0;
  ::waitpid(child.process, &status, 0);
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  return ended;
}

/// Runs a body in `size` processes at once.
std::vector<Ended> run_ranks(int size, Body const& body) {
  ::setenv("CUDA_MODEL_DEVICES", "8", 1);
  ncclUniqueId id{};
  EXPECT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  std::vector<Child> children;
  for (int rank = 0; rank < size; ++rank) children.push_back(start(body, rank, id));
  std::vector<Ended> ended;
  for (Child const& child : children) ended.push_back(finish(child));
  return ended;
}

void expect_success(std::vector<Ended> const& ranks) {
  for (Ended const& rank : ranks) {
    EXPECT_EQ(rank.status, 0);
    EXPECT_EQ(rank.text, "");
  }
}

/// A stream and two arrays on the device of a rank.
struct Gpu {
  explicit Gpu(int device) {
    cudaSetDevice(device);
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    cudaEventCreateWithFlags(&event, cudaEventDisableTiming);
    for (float*& array : arrays) cudaMalloc(reinterpret_cast<void**>(&array), 64);
  }
  Gpu(Gpu const&) = delete;
  Gpu& operator=(Gpu const&) = delete;
  void set(int array, std::vector<float> const& values) {
    cudaMemcpyAsync(arrays[array], values.data(), 4 * values.size(), cudaMemcpyHostToDevice,
                    stream);
  }
  std::vector<float> get(int array, std::size_t count) {
    std::vector<float> values(count);
    cudaMemcpyAsync(values.data(), arrays[array], 4 * count, cudaMemcpyDeviceToHost, stream);
    cudaStreamSynchronize(stream);
    return values;
  }
  bool is_done() { return cudaEventQuery(event) == cudaSuccess; }

  cudaStream_t stream = nullptr;
  cudaEvent_t event = nullptr;
  float* arrays[2] = {};
};

ncclResult_t sum(Gpu& gpu, int from, int to, std::size_t count, ncclComm_t communicator) {
  return ncclAllReduce(gpu.arrays[from], gpu.arrays[to], count, ncclFloat32, ncclSum, communicator,
                       gpu.stream);
}

/// Asks until the state is no longer "in progress".
ncclResult_t settle(ncclComm_t communicator) {
  ncclResult_t state = ncclInProgress;
  while (state == ncclInProgress) {
    if (ncclCommGetAsyncError(communicator, &state) != ncclSuccess) return ncclInternalError;
    ::usleep(100);
  }
  return state;
}

/// 1e8 + 1 is 1e8 in float: only this order of the ranks gives 0, 1 and 2.
std::vector<float> values_of(int rank) {
  std::vector<std::vector<float>> const all = {{1e8f, 1e8f, 1}, {1, -1e8f, 1}, {-1e8f, 1, 0}};
  return all[static_cast<std::size_t>(rank)];
}
std::vector<float> const sums = {0, 1, 2};

TEST(Nccl, SumsInTheOrderOfTheRanks) {
  expect_success(run_ranks(3, [](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(rank);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 3, id, rank) != ncclSuccess) return "init";
    for (int to : {1, 0}) {  // in its own array at last
      for (int i = 0; i < 3; ++i) {
        gpu.set(0, values_of(rank));
        if (sum(gpu, 0, to, 3, communicator) != ncclSuccess) return "sum";
        if (gpu.get(to, 3) != sums) return fmt::format("wrong sums into array {}", to);
      }
    }
    return ncclCommDestroy(communicator) == ncclSuccess ? "" : "destroy";
  }));
}

TEST(Nccl, LaunchesAGroupAtItsEnd) {
  expect_success(run_ranks(3, [](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(rank);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 3, id, rank) != ncclSuccess) return "init";
    gpu.set(0, values_of(rank));
    gpu.set(1, values_of(rank));
    ncclGroupStart();
    ncclGroupStart();
    if (sum(gpu, 0, 0, 3, communicator) != ncclSuccess) return "sum";
    ncclGroupEnd();
    if (sum(gpu, 1, 1, 3, communicator) != ncclSuccess) return "second sum";
    if (gpu.get(0, 3) != values_of(rank)) return "launched before the end of the group";
    if (ncclGroupEnd() != ncclSuccess) return "end";
    if (gpu.get(0, 3) != sums || gpu.get(1, 3) != sums) return "wrong sums";
    if (ncclGroupEnd() != ncclInvalidUsage) return "ended a group that was not begun";
    return ncclCommDestroy(communicator) == ncclSuccess ? "" : "destroy";
  }));
}

TEST(Nccl, ConnectsWithoutBlocking) {
  expect_success(run_ranks(3, [](int rank, ncclUniqueId const& id) -> std::string {
    ::setenv("CUDA_MODEL_SEED", std::to_string(rank).c_str(), 1);
    Gpu gpu(rank);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRankConfig(&communicator, 3, id, rank, &config) != ncclInProgress) {
      return "init";
    }
    if (sum(gpu, 0, 0, 3, communicator) != ncclInvalidArgument) return "summed before connected";
    if (settle(communicator) != ncclSuccess) return "connect";
    for (int i = 0; i < 20; ++i) {
      gpu.set(0, values_of(rank));
      ncclResult_t const status = sum(gpu, 0, 0, 3, communicator);
      if (status != ncclSuccess && status != ncclInProgress) return "sum";
      if (settle(communicator) != ncclSuccess) return "launch";
      if (gpu.get(0, 3) != sums) return "wrong sums";
    }
    return ncclCommDestroy(communicator) == ncclSuccess ? "" : "destroy";
  }));
}

// The other rank hangs for a while: that is no error, but the sum does not complete.
TEST(Nccl, StaysPendingWhileARankHangs) {
  int turn[2];
  ASSERT_EQ(::pipe(turn), 0);
  expect_success(run_ranks(2, [&](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(rank);
    ncclComm_t communicator = nullptr;
    char byte = 0;
    if (ncclCommInitRank(&communicator, 2, id, rank) != ncclSuccess) return "init";
    gpu.set(0, {1});
    if (rank == 1 && ::read(turn[0], &byte, 1) != 1) return "pipe";
    if (sum(gpu, 0, 0, 1, communicator) != ncclSuccess) return "sum";
    cudaEventRecord(gpu.event, gpu.stream);
    for (int i = 0; rank == 0 && i < 50; ++i) {
      if (gpu.is_done() || settle(communicator) != ncclSuccess) return "did not wait";
    }
    if (rank == 0 && ::write(turn[1], &byte, 1) != 1) return "pipe";
    if (gpu.get(0, 1) != std::vector<float>{2}) return "wrong sum";
    return ncclCommDestroy(communicator) == ncclSuccess ? "" : "destroy";
  }));
}

TEST(Nccl, ReportsARankThatDies) {
  auto const ranks = run_ranks(2, [&](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(rank);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 2, id, rank) != ncclSuccess) return "init";
    if (rank == 1) ::raise(SIGKILL);
    gpu.set(0, {1});
    if (sum(gpu, 0, 0, 1, communicator) != ncclSuccess) return "sum";
    ncclResult_t state = ncclSuccess;
    while (state == ncclSuccess) state = settle(communicator);
    if (state != ncclRemoteError) return "not the error of a rank that died";
    if (sum(gpu, 0, 0, 1, communicator) != ncclRemoteError) return "summed on";
    if (ncclCommAbort(communicator) != ncclSuccess) return "abort";
    (void)gpu.get(0, 1);  // the stream goes on
    return "";
  });
  EXPECT_EQ(ranks[0].text, "");
  EXPECT_EQ(ranks[1].status, -1);
}

TEST(Nccl, ReportsARankThatLeftWithoutItsPart) {
  expect_success(run_ranks(2, [&](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(rank);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 2, id, rank) != ncclSuccess) return "init";
    if (rank == 1) return ncclCommAbort(communicator) == ncclSuccess ? "" : "abort";
    if (sum(gpu, 0, 0, 1, communicator) != ncclSuccess) return "sum";
    while (settle(communicator) == ncclSuccess) {
    }
    if (settle(communicator) != ncclRemoteError) return "no error";
    return ncclCommAbort(communicator) == ncclSuccess ? "" : "abort";
  }));
}

TEST(Nccl, RefusesTwoRanksOnOneDevice) {
  expect_success(run_ranks(2, [](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(3);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 2, id, rank) != ncclInvalidUsage) return "init";
    std::string const why = ncclGetLastError(nullptr);
    return why.starts_with("Duplicate GPU detected : rank 0 and rank 1") ? "" : why;
  }));
}

TEST(Nccl, RefusesWhatItDoesNotModel) {
  expect_success(run_ranks(1, [](int, ncclUniqueId const& id) -> std::string {
    Gpu gpu(0);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 1, id, 1) != ncclInvalidArgument) return "rank 1 of 1";
    if (ncclCommInitRank(&communicator, 1, {}, 0) != ncclInvalidArgument) return "empty id";
    ncclConfig_t config{};
    if (ncclCommInitRankConfig(&communicator, 1, id, 0, &config) != ncclInvalidArgument) {
      return "a configuration of zeros";
    }
    config = NCCL_CONFIG_INITIALIZER;
    config.maxCTAs = 4;
    if (ncclCommInitRankConfig(&communicator, 1, id, 0, &config) != ncclInvalidArgument) {
      return "maxCTAs";
    }
    if (ncclCommInitRank(&communicator, 1, id, 0) != ncclSuccess) return "init";
    float* const array = gpu.arrays[0];
    for (auto const& [type, operation] :
         {std::pair{ncclFloat64, ncclSum}, {ncclFloat32, ncclMax}}) {
      if (ncclAllReduce(array, array, 1, type, operation, communicator, gpu.stream) !=
          ncclInvalidArgument) {
        return "another type or operation";
      }
    }
    if (sum(gpu, 0, 0, 1, nullptr) != ncclInvalidArgument) return "no communicator";
    return ncclCommDestroy(communicator) == ncclSuccess ? "" : "destroy";
  }));
}

TEST(Nccl, RefusesAnIdWhoseCreatorHasEnded) {
  int ids[2];
  ASSERT_EQ(::pipe(ids), 0);
  run_ranks(1, [&](int, ncclUniqueId const&) -> std::string {
    ncclUniqueId own{};
    ncclGetUniqueId(&own);
    return ::write(ids[1], &own, sizeof own) == sizeof own ? "" : "pipe";
  });
  ncclUniqueId id{};
  ASSERT_EQ(::read(ids[0], &id, sizeof id), static_cast<ssize_t>(sizeof id));
  expect_success(run_ranks(1, [&](int, ncclUniqueId const&) -> std::string {
    Gpu gpu(0);
    ncclComm_t communicator = nullptr;
    return ncclCommInitRank(&communicator, 1, id, 0) == ncclSystemError ? "" : "init";
  }));
}

struct Misuse {
  char const* name;
  char const* message;
  std::function<void(Gpu&, ncclComm_t, int rank)> call;
};

class NcclMisuse : public testing::TestWithParam<Misuse> {};

TEST_P(NcclMisuse, EndsTheProcessWithAMessage) {
  auto const ranks = run_ranks(2, [](int rank, ncclUniqueId const& id) -> std::string {
    Gpu gpu(rank);
    ncclComm_t communicator = nullptr;
    if (ncclCommInitRank(&communicator, 2, id, rank) != ncclSuccess) return "init";
    GetParam().call(gpu, communicator, rank);
    ::usleep(100'000);
    cudaEventRecord(gpu.event, gpu.stream);
    while (!gpu.is_done() && settle(communicator) == ncclSuccess) {
    }
    return "survived";
  });
  bool found = false;
  for (Ended const& rank : ranks) {
    bool const has_message = rank.text.find(GetParam().message) != std::string::npos;
    if (has_message) {
      EXPECT_EQ(rank.status, misuse_status);
    }
    found = found || has_message;
  }
  EXPECT_TRUE(found) << ranks[0].text << ranks[1].text;
}

INSTANTIATE_TEST_SUITE_P(Table, NcclMisuse,
                         testing::Values(Misuse{"DifferentSizes", "floats and rank",
                                                [](Gpu& gpu, ncclComm_t communicator, int rank) {
                                                  sum(gpu, 0, 0, rank == 0 ? 10 : 11, communicator);
                                                }},
                                         Misuse{"Overlap", "sendbuff and recvbuff overlap",
                                                [](Gpu& gpu, ncclComm_t communicator, int) {
                                                  ncclAllReduce(gpu.arrays[0], gpu.arrays[0] + 1, 4,
                                                                ncclFloat32, ncclSum, communicator,
                                                                gpu.stream);
                                                }},
                                         Misuse{"HostMemory", "ncclAllReduce: recvbuff",
                                                [](Gpu& gpu, ncclComm_t communicator, int) {
                                                  std::vector<float> host(4);
                                                  ncclAllReduce(gpu.arrays[0], host.data(), 4,
                                                                ncclFloat32, ncclSum, communicator,
                                                                gpu.stream);
                                                }},
                                         Misuse{"AfterItsEnd", "the communicator does not exist",
                                                [](Gpu& gpu, ncclComm_t communicator, int) {
                                                  ncclCommDestroy(communicator);
                                                  sum(gpu, 0, 0, 4, communicator);
                                                }}),
                         [](auto const& each) { return each.param.name; });

}  // namespace
