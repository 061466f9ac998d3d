// SPDX-License-Identifier: Apache-2.0
// The C interface of NCCL as programs call it: names, numbers and layouts of its version 2.30.7,
// declared here anew. Source: NCCL's user guide and header, checked by tests/abi.
//
// Enumerations have a fixed underlying type, so that a caller's number outside of them is a value
// that can be refused.
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>

// NOLINTBEGIN(readability-identifier-naming): the names are NCCL's.

struct CUstream_st;
struct ncclComm;
struct ncclWindow_vidmem;
struct ncclParamHandle;

using cudaStream_t = CUstream_st*;
using ncclComm_t = ncclComm*;
using ncclWindow_t = ncclWindow_vidmem*;
using ncclParamHandle_t = ncclParamHandle*;

struct ncclUniqueId {
  char internal[128];
};

enum ncclResult_t : int {
  ncclSuccess = 0,
  ncclUnhandledCudaError = 1,
  ncclSystemError = 2,
  ncclInternalError = 3,
  ncclInvalidArgument = 4,
  ncclInvalidUsage = 5,
  ncclRemoteError = 6,
  ncclInProgress = 7,
};

/// What an integer, or a pointer, of a configuration has that nobody set.
inline constexpr int nccl_undefined = INT_MIN;

inline constexpr int nccl_split_nocolor = -1;
inline constexpr int nccl_shrink_abort = 1;
inline constexpr int nccl_suspend_memory = 1;

struct ncclConfig_t {
  std::size_t size;
  unsigned magic;  ///< 0xcafebeef
  unsigned version;
  int blocking;
  int cgaClusterSize;
  int minCTAs;
  int maxCTAs;
  const char* netName;
  int splitShare;
  int trafficClass;
  const char* commName;
  int collnetEnable;
  int CTAPolicy;
  int shrinkShare;
  int nvlsCTAs;
  int nChannelsPerNetPeer;
  int nvlinkCentricSched;
  int graphUsageMode;
  int numRmaCtx;
  int maxP2pPeers;
  int graphStreamOrdering;
};
static_assert(sizeof(ncclConfig_t) == 96);

struct ncclSimInfo_t {
  std::size_t size;
  unsigned magic;  ///< 0x74685283
  unsigned version;
  float estimatedTime;
};
static_assert(sizeof(ncclSimInfo_t) == 24);

enum ncclDataType_t : int {};         ///< The numbers of DataType, below 12.
enum ncclRedOp_t : int {};            ///< Those of Reduction; from 5 on, made by the program.
enum ncclScalarResidence_t : int {};  ///< 0: the device reads it later. 1: copied at the call.
enum ncclCommMemStat_t : int {
  ncclStatGpuMemSuspend = 0,
  ncclStatGpuMemSuspended = 1,
  ncclStatGpuMemPersist = 2,
  ncclStatGpuMemTotal = 3,
};

struct ncclWaitSignalDesc_t {
  int opCnt;
  int peer;
  int sigIdx;
  int ctx;
};

/// Hints of one collective, since 2.31; not read.
struct ncclCollConfig_t;

// The host's side of the device API.

struct ncclTeam_t {
  int nRanks;
  int rank;
  int stride;
};

struct ncclCommProperties_t {
  std::size_t size;
  unsigned magic;
  unsigned version;
  int rank;
  int nRanks;
  int cudaDev;
  int nvmlDev;
  bool deviceApiSupport;
  bool multimemSupport;
  int ginType;
  int nLsaTeams;
  bool hostRmaSupport;
  int railedGinType;
};
static_assert(sizeof(ncclCommProperties_t) == 56);

struct ncclMultimemHandle_t {
  void* mcBasePtr;
};

struct ncclDevComm;
struct ncclDevCommRequirements;
struct ncclDevResourceRequirements;
struct ncclLsaBarrierHandle;
struct ncclGinBarrierHandle;
struct ncclGinOutboxHandle;
struct ncclGinInboxA2AHandle;
struct ncclLLA2AHandle;
// NOLINTEND(readability-identifier-naming)
