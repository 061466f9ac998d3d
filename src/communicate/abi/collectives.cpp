// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/collectives.hpp"

#include "communicate/abi/group.hpp"
#include "communicate/check_operation.hpp"
#include "communicate/compound.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace septet::abi {
namespace {

void require_root(int root, const Comm& comm) {
  if (root >= 0 && root < comm.size()) return;
  throw Error(ErrorKind::argument, "root " + std::to_string(root) + ": there are ranks 0 to " +
                                       std::to_string(comm.size() - 1));
}

void require_buffers(std::size_t count, std::initializer_list<const void*> buffers) {
  const bool missing = std::find(buffers.begin(), buffers.end(), nullptr) != buffers.end();
  if (missing && count > 0) throw Error(ErrorKind::argument, "a buffer is null");
}

/// Runs `body(comm)`; an error tells also which entry of which rank it was.
template <typename Body>
void on_communicator(const Target& target, Body&& body) {
  std::string who(target.entry);
  try {
    const auto comm = communicator_of(target.comm);
    who += " on " + name_of(*comm);
    comm->require_open();
    std::forward<Body>(body)(comm);
  } catch (const Error& error) {
    throw Error(error.kind(), who + ": " + error.what(), error.where());
  }
}

/// Checks the operations of a call and leaves out those that do nothing.
void check_and_drop(std::vector<Operation>& operations, const Comm& comm) {
  for (const auto& each : operations) check_operation(each, comm.rank(), comm.size());
  std::erase_if(operations,
                [](const Operation& each) { return each.count == 0 && !is_message(each); });
}

}  // namespace

ncclResult_t issue(const Target& target, const std::function<Operation(const Comm&)>& make) {
  return issue_several(target, [&](const Comm& comm) { return std::vector{make(comm)}; });
}

ncclResult_t issue(const Target& target, ncclRedOp_t op,
                   const std::function<Operation(const Comm&)>& make) {
  return issue(target, [&](const Comm& comm) { return comm.reductions().apply(make(comm), op); });
}

ncclResult_t issue_several(const Target& target,
                           const std::function<std::vector<Operation>(const Comm&)>& make) {
  return in_group([&](Group& group) {
    on_communicator(target, [&](const std::shared_ptr<Comm>& comm) {
      auto operations = make(*comm);
      check_and_drop(operations, *comm);
      group.add(Call{comm, std::move(operations), target.stream});
    });
  });
}

std::vector<Operation> to_all(const void* send, void* recv, std::size_t count, DataType type,
                              const Comm& comm) {
  require_buffers(count, {send, recv});
  const std::vector<std::size_t> counts(static_cast<std::size_t>(comm.size()), count);
  std::vector<std::size_t> offsets(counts.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = i * count;
  return all_to_all(send, {counts, offsets}, recv, {counts, offsets}, type, comm.size());
}

std::vector<Operation> to_root(const void* send, void* recv, std::size_t count, DataType type,
                               int root, const Comm& comm) {
  require_root(root, comm);
  require_buffers(count, {send, root == comm.rank() ? recv : send});
  return gather(send, recv, count, type, root, comm.rank(), comm.size());
}

std::vector<Operation> from_root(const void* send, void* recv, std::size_t count, DataType type,
                                 int root, const Comm& comm) {
  require_root(root, comm);
  require_buffers(count, {recv, root == comm.rank() ? send : recv});
  return scatter(send, recv, count, type, root, comm.rank(), comm.size());
}

}  // namespace septet::abi
