// SPDX-License-Identifier: Apache-2.0
// The entry points of NCCL: communicators between processes, and sums of float32 arrays. Everything
// else is refused.
#include <nccl.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cuda_model/devices.h"
#include "cuda_model/model.h"
#include "cuda_model/nccl_communicator.h"

static_assert(sizeof(ncclUniqueId) == sizeof(cuda_model::NcclTeam::Id));

namespace cuda_model {
namespace {

constexpr useconds_t between_looks_us = 200;  ///< while ncclCommInitRank waits for other ranks

/// The calls between ncclGroupStart and the ncclGroupEnd that belongs to it.
struct Group {
  int depth = 0;
  ncclResult_t error = ncclSuccess;
  std::vector<AllReduce> calls;
};

thread_local Group group;

ncclResult_t injected(char const* call) {
  if (is_forked()) misuse(call, "the process was forked by one that uses CUDA already");
  int const status = injected_status(call);
  return status == 0
             ? ncclSuccess
             : refuse(static_cast<ncclResult_t>(status), "injected into " + std::string(call));
}

/// ncclCommInitRank and ncclCommInitRankConfig, once the configuration is known.
ncclResult_t open(ncclComm_t* to, int size, ncclUniqueId const& id, int rank, bool is_blocking) {
  if (to == nullptr) return refuse(ncclInvalidArgument, "comm is NULL");
  *to = nullptr;
  if (size < 1 || size > NcclTeam::max_size || rank < 0 || rank >= size) {
    return refuse(ncclInvalidArgument,
                  "rank " + std::to_string(rank) + " of " + std::to_string(size) + " ranks");
  }
  if (group.depth > 0) return refuse(ncclInvalidUsage, "connecting in a group is not modeled");
  NcclTeam::Id key{};
  std::memcpy(key.data(), id.internal, key.size());
  std::unique_ptr<ncclComm> communicator;
  try {
    communicator = join(key, size, rank, is_blocking);
  } catch (std::invalid_argument const& error) {
    return refuse(ncclInvalidArgument, error.what());
  } catch (std::exception const& error) {
    return refuse(ncclSystemError, error.what());
  }
  while (is_blocking) {
    ncclResult_t const status = connect(*communicator);
    if (status == ncclSuccess) break;
    if (status != ncclInProgress) return status;
    ::usleep(between_looks_us);
  }
  *to = publish(std::move(communicator));
  return is_blocking ? ncclSuccess : ncclInProgress;
}

/// The model knows only `blocking`.
bool has_other_settings(ncclConfig_t const& config) {
  ncclConfig_t expected = NCCL_CONFIG_INITIALIZER;
  return config.cgaClusterSize != expected.cgaClusterSize || config.minCTAs != expected.minCTAs ||
         config.maxCTAs != expected.maxCTAs || config.netName != expected.netName ||
         config.splitShare != expected.splitShare || config.trafficClass != expected.trafficClass ||
         config.commName != expected.commName || config.collnetEnable != expected.collnetEnable ||
         config.CTAPolicy != expected.CTAPolicy || config.shrinkShare != expected.shrinkShare ||
         config.nvlsCTAs != expected.nvlsCTAs ||
         config.nChannelsPerNetPeer != expected.nChannelsPerNetPeer ||
         config.nvlinkCentricSched != expected.nvlinkCentricSched;
}

/// Why an all-reduce with these arguments is refused.
ncclResult_t check_all_reduce(AllReduce const& call, ncclDataType_t type, ncclRedOp_t operation) {
  char const* const name = "ncclAllReduce";
  if (!is_communicator(name, call.communicator)) return refuse(ncclInvalidArgument, "comm is NULL");
  if (type != ncclFloat32 || operation != ncclSum) {
    return refuse(ncclInvalidArgument, "the model sums only float32");
  }
  if (call.count > NcclTeam::max_count) {
    return refuse(ncclInvalidArgument, "the model sums at most 2^30 floats");
  }
  ncclComm const& communicator = *call.communicator;
  if (communicator.error != ncclSuccess) return refuse(communicator.error, "the team has failed");
  if (!communicator.is_connected || !communicator.deferred.empty()) {
    return refuse(ncclInvalidArgument,
                  "Attempt to use communicator before the previous operation returned ncclSuccess");
  }
  if (sticky_error(communicator.member->device) != cudaSuccess) {
    return refuse(ncclUnhandledCudaError, "the device has failed");
  }
  require_stream(name, call.stream);
  if (device_of(call.stream) != communicator.member->device) {
    misuse(name, "the stream is not on the device of the communicator");
  }
  if (is_capturing(call.stream)) misuse(name, "a sum over ranks in a capture is not modeled");
  std::size_t const bytes = call.count * sizeof(float);
  require_device_memory(name, "sendbuff", call.values, bytes, alignof(float));
  require_device_memory(name, "recvbuff", call.sum, bytes, alignof(float));
  if (call.values != call.sum && call.values < call.sum + call.count &&
      call.sum < call.values + call.count) {
    misuse(name, "sendbuff and recvbuff overlap and are not equal");
  }
  return ncclSuccess;
}

}  // namespace
}  // namespace cuda_model

using namespace cuda_model;

extern "C" {

ncclResult_t ncclGetVersion(int* version) {
  if (auto const status = injected("ncclGetVersion"); status != ncclSuccess) return status;
  if (version == nullptr) return refuse(ncclInvalidArgument, "version is NULL");
  *version = NCCL_VERSION_CODE;
  return ncclSuccess;
}

char const* ncclGetErrorString(ncclResult_t status) {
  switch (status) {
    case ncclSuccess:
      return "no error";
    case ncclUnhandledCudaError:
      return "unhandled cuda error (run with NCCL_DEBUG=INFO for details)";
    case ncclSystemError:
      return "unhandled system error (run with NCCL_DEBUG=INFO for details)";
    case ncclInternalError:
      return "internal error - please report this issue to the NCCL developers";
    case ncclInvalidArgument:
      return "invalid argument (run with NCCL_DEBUG=WARN for details)";
    case ncclInvalidUsage:
      return "invalid usage (run with NCCL_DEBUG=WARN for details)";
    case ncclRemoteError:
      return "remote process exited or there was a network error";
    case ncclInProgress:
      return "NCCL operation in progress";
    default:
      return "unknown result code";
  }
}

char const* ncclGetLastError(ncclComm_t) { return last_refusal(); }

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  if (auto const status = injected("ncclGetUniqueId"); status != ncclSuccess) return status;
  if (id == nullptr) return refuse(ncclInvalidArgument, "uniqueId is NULL");
  try {
    NcclTeam::Id const key = NcclTeam::create();
    std::memcpy(id->internal, key.data(), key.size());
  } catch (std::exception const& error) {
    return refuse(ncclSystemError, error.what());
  }
  return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t* comm, int nranks, ncclUniqueId id, int rank) {
  if (auto const status = injected("ncclCommInitRank"); status != ncclSuccess) return status;
  return cuda_model::open(comm, nranks, id, rank, true);
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int nranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  if (auto const status = injected("ncclCommInitRankConfig"); status != ncclSuccess) return status;
  ncclConfig_t const expected = NCCL_CONFIG_INITIALIZER;
  if (config == nullptr) return cuda_model::open(comm, nranks, id, rank, true);
  if (config->magic != expected.magic || config->size != expected.size ||
      config->version != expected.version) {
    return refuse(ncclInvalidArgument,
                  "ncclConfig_t argument not initialized via NCCL_CONFIG_INITIALIZER");
  }
  bool const is_set = config->blocking != expected.blocking;
  if (has_other_settings(*config) || (is_set && config->blocking != 0 && config->blocking != 1)) {
    return refuse(ncclInvalidArgument, "the model knows only blocking = 0 and 1");
  }
  return cuda_model::open(comm, nranks, id, rank, !is_set || config->blocking == 1);
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) {
  if (auto const status = injected("ncclCommGetAsyncError"); status != ncclSuccess) return status;
  if (!is_communicator("ncclCommGetAsyncError", comm) || state == nullptr) {
    return refuse(ncclInvalidArgument, "comm or asyncError is NULL");
  }
  *state = state_of(*comm);
  return ncclSuccess;
}

/// Communicators of the model have nothing to flush but the sums that were called.
ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  if (auto const status = injected("ncclCommFinalize"); status != ncclSuccess) return status;
  if (!is_communicator("ncclCommFinalize", comm)) {
    return refuse(ncclInvalidArgument, "comm is NULL");
  }
  launch_deferred(*comm);
  return state_of(*comm);
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  if (auto const status = injected("ncclCommDestroy"); status != ncclSuccess) return status;
  if (!is_communicator("ncclCommDestroy", comm)) return ncclSuccess;
  launch_deferred(*comm);
  cuda_model::close(comm);
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  if (auto const status = injected("ncclCommAbort"); status != ncclSuccess) return status;
  if (!is_communicator("ncclCommAbort", comm)) return ncclSuccess;
  comm->member->is_aborted = true;
  comm->member->team.leave();
  cuda_model::close(comm);
  return ncclSuccess;
}

ncclResult_t ncclGroupStart() {
  if (auto const status = injected("ncclGroupStart"); status != ncclSuccess) return status;
  ++group.depth;
  return ncclSuccess;
}

ncclResult_t ncclGroupEnd() {
  auto const status = injected("ncclGroupEnd");
  if (group.depth == 0) return refuse(ncclInvalidUsage, "ncclGroupEnd: not in a group call.");
  if (--group.depth > 0) return status;
  Group const ended = std::exchange(group, {});
  if (status != ncclSuccess || ended.error != ncclSuccess) {  // none of its calls is made
    return status != ncclSuccess ? status : ended.error;
  }
  ncclResult_t result = ncclSuccess;
  for (AllReduce const& call : ended.calls) {
    if (launch_or_defer(call) == ncclInProgress) result = ncclInProgress;
  }
  return result;
}

ncclResult_t ncclAllReduce(void const* sendbuff, void* recvbuff, size_t count,
                           ncclDataType_t datatype, ncclRedOp_t op, ncclComm_t comm,
                           cudaStream_t stream) {
  AllReduce const call{comm, static_cast<float const*>(sendbuff), static_cast<float*>(recvbuff),
                       count, stream};
  auto status = injected("ncclAllReduce");
  if (status == ncclSuccess) status = check_all_reduce(call, datatype, op);
  if (status != ncclSuccess) {
    if (group.depth > 0 && group.error == ncclSuccess) group.error = status;
    return status;
  }
  if (count == 0) return ncclSuccess;
  if (group.depth == 0) return launch_or_defer(call);
  group.calls.push_back(call);
  return ncclSuccess;
}
}
