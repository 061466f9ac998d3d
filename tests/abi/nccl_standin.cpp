// SPDX-License-Identifier: Apache-2.0
// A libnccl.so.2 for tests without a GPU: NCCL's entries, as far as septet bench calls them, over
// Septet's own collectives on host memory. With SEPTET_TEST_NCCL=refuse it joins nobody, as NCCL
// does that finds ranks on one GPU.
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Id {
  char bytes[128];
};

/// What a group gathers until its end; one communicator a process is enough for tests.
struct Group {
  bool open = false;
  septet::Communicator* communicator = nullptr;
  std::vector<septet::Operation> operations;
};

Group& group() {
  static Group only;
  return only;
}

constexpr int success = 0;
constexpr int invalid_usage = 5;

int run(void* handle, const septet::Operation& operation) {
  auto& communicator = *static_cast<septet::Communicator*>(handle);
  try {
    if (group().open) {
      group().communicator = &communicator;
      group().operations.push_back(operation);
    } else {
      communicator.run(operation);
    }
    return success;
  } catch (const septet::Error&) {
    return invalid_usage;
  }
}

septet::DataType type_of(int number) { return static_cast<septet::DataType>(number); }
septet::Reduction reduction_of(int number) { return static_cast<septet::Reduction>(number); }

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int ncclGetVersion(int* version) {
  *version = 22809;
  return success;
}

const char* ncclGetErrorString(int code) { return code == success ? "no error" : "invalid usage"; }

const char* ncclGetLastError(void*) { return "Duplicate GPU detected : rank 1 and rank 0\n"; }

int ncclGetUniqueId(Id* id) {
  const auto text = septet::text_of(septet::random_token());
  *id = {};
  std::memcpy(id->bytes, text.data(), text.size());
  return success;
}

int ncclCommInitRank(void** communicator, int ranks, Id id, int rank) {
  const char* wish = std::getenv("SEPTET_TEST_NCCL");
  if (wish != nullptr && std::string_view(wish) == "refuse") return invalid_usage;
  *communicator = new septet::Communicator(
      {.token = septet::token_of(id.bytes), .rank = rank, .ranks = ranks, .slice = ""});
  return success;
}

int ncclCommAbort(void* communicator) {
  delete static_cast<septet::Communicator*>(communicator);
  return success;
}

int ncclGroupStart() {
  group() = {.open = true, .communicator = nullptr, .operations = {}};
  return success;
}

int ncclGroupEnd() {
  group().open = false;
  if (group().communicator != nullptr) group().communicator->run(group().operations);
  return success;
}

int ncclAllReduce(const void* send, void* recv, std::size_t count, int type, int reduction,
                  void* communicator, void*) {
  return run(communicator,
             septet::all_reduce(send, recv, count, type_of(type), reduction_of(reduction)));
}

int ncclReduce(const void* send, void* recv, std::size_t count, int type, int reduction, int root,
               void* communicator, void*) {
  return run(communicator,
             septet::reduce(send, recv, count, type_of(type), reduction_of(reduction), root));
}

int ncclBroadcast(const void* send, void* recv, std::size_t count, int type, int root,
                  void* communicator, void*) {
  return run(communicator, septet::broadcast(send, recv, count, type_of(type), root));
}

int ncclAllGather(const void* send, void* recv, std::size_t count, int type, void* communicator,
                  void*) {
  return run(communicator, septet::all_gather(send, recv, count, type_of(type)));
}

int ncclReduceScatter(const void* send, void* recv, std::size_t count, int type, int reduction,
                      void* communicator, void*) {
  return run(communicator,
             septet::reduce_scatter(send, recv, count, type_of(type), reduction_of(reduction)));
}

int ncclSend(const void* buffer, std::size_t count, int type, int peer, void* communicator, void*) {
  return run(communicator, septet::send(buffer, count, type_of(type), peer));
}

int ncclRecv(void* buffer, std::size_t count, int type, int peer, void* communicator, void*) {
  return run(communicator, septet::recv(buffer, count, type_of(type), peer));
}

}  // extern "C"
#pragma GCC visibility pop
