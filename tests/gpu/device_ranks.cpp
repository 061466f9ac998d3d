// SPDX-License-Identifier: Apache-2.0
#include "device_ranks.hpp"

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace septet {
namespace {

int run_rank(const Token& token, int rank, int ranks,
             const std::function<void(DeviceCommunicator&)>& body) {
  ::setenv("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", std::to_string(100 / ranks).c_str(), 1);
  try {
    if (cudaSetDevice(0) != cudaSuccess) throw std::runtime_error("no device 0");
    DeviceCommunicator communicator({.token = token,
                                     .rank = rank,
                                     .ranks = ranks,
                                     .slice = "slice " + std::to_string(rank),
                                     .meeting_limit = std::chrono::seconds(60)});
    body(communicator);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", rank, error.what());
    return 1;
  }
  return testing::Test::HasFailure() ? 1 : 0;
}

int status_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int rank_count() {
  const char* value = std::getenv("SEPTET_TEST_RANKS");
  return value == nullptr ? 4 : std::atoi(value);
}

std::string error_of(const DeviceCommunicator& ranks) {
  try {
    ranks.check();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::peer);
    return error.what();
  }
  return "no error";
}

bool ended_by_mps(const Error& error) {
  if (error.kind() != ErrorKind::device || std::getenv("CUDA_MPS_PIPE_DIRECTORY") == nullptr) {
    return false;
  }
  std::printf("MPS ended this rank with the killed one: %s\n", error.what());
  return true;
}

Statuses run_device_ranks(int ranks, const std::function<void(DeviceCommunicator&)>& body,
                          const std::function<void(const std::vector<pid_t>&)>& meanwhile) {
  const Token token = random_token();
  std::vector<pid_t> pids;
  for (int rank = 0; rank < ranks; ++rank) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(run_rank(token, rank, ranks, body));
    pids.push_back(pid);
  }
  meanwhile(pids);
  Statuses statuses;
  for (const pid_t pid : pids) statuses.push_back(status_of(pid));
  return statuses;
}

Statuses run_device_ranks(int ranks, const std::function<void(DeviceCommunicator&)>& body) {
  return run_device_ranks(ranks, body, [](const auto&) {});
}

}  // namespace septet
