// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/creation.hpp"

#include "communicate/abi/select_device.hpp"
#include "communicate/abi/unique_id.hpp"
#include "communicate/abi/variables.hpp"
#include "communicate/family.hpp"
#include "communicate/settings.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace septet::abi {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::argument, text); }

Config config_of_call(const ncclConfig_t* config) { return config_of(config, variable); }

Config config_of_child(const Comm& parent, const ncclConfig_t* config) {
  return config == nullptr ? parent.config() : config_of_call(config);
}

void check_numbers(int rank, int ranks) {
  if (ranks < 1 || ranks > max_ranks) {
    refuse(std::to_string(ranks) + " ranks: a communicator has 1 to " + std::to_string(max_ranks));
  }
  if (rank < 0 || rank >= ranks) {
    refuse("rank " + std::to_string(rank) + ": there are ranks 0 to " + std::to_string(ranks - 1));
  }
}

/// Who a rank on the current device is.
Membership membership(const Token& token, int rank, int ranks) {
  return {.token = token,
          .rank = rank,
          .ranks = ranks,
          .slice = backend().name_of(backend().current_device()),
          .meeting_limit = settings_from_environment().meeting_limit};
}

/// Where a caller gets his handle, and which one that is.
struct Handed {
  ncclComm_t* place;
  ncclComm_t handle;

  void take_back() const {
    forget_communicator(handle);
    *place = nullptr;
  }
};

/// Connects; a blocking one that fails is no handle any longer.
void connect_or_take_back(Comm& comm, const Handed& handed) {
  try {
    comm.connect();
  } catch (...) {
    if (comm.config().blocking) handed.take_back();
    throw;
  }
}

void add_new(Group& group, ncclComm_t* place, const Membership& own, Config config) {
  const auto comm = std::make_shared<Comm>(own, std::move(config), backend().current_device());
  const Handed handed{place, register_communicator(comm)};
  *place = handed.handle;
  group.add(Task{comm, [comm, handed] { connect_or_take_back(*comm, handed); },
                 [handed] { handed.take_back(); }});
}

/// Connects the child of `parent`, in its parent's thread, and hands it out.
void deliver(const Comm& parent, const Membership& own, Config config, ncclComm_t* handle) {
  const auto child =
      std::make_shared<Comm>(own, std::move(config), parent.device(), parent.interruption());
  child->connect();
  *handle = register_communicator(child);
}

/// What every rank of `parent` chose. A revoked one carries nothing any longer: its ranks meet
/// once more for it.
std::vector<Choice> choices_of_all(Comm& parent, const Choice& mine, std::uint64_t number) {
  std::vector<Choice> all(static_cast<std::size_t>(parent.size()));
  const auto gather = [&](Channel& channel) {
    channel.gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
  };
  if (!parent.is_revoked()) {
    gather(parent.channel());
  } else {
    Membership again = parent.membership();
    again.token = derived_token(again.token, "renew", number);
    const SelectDevice here(parent.device());
    gather(*backend().connect(again));
  }
  return all;
}

void run_split(Comm& parent, const Choice& mine, std::uint64_t number, const Config& config,
               ncclComm_t* handle) {
  const auto choices = choices_of_all(parent, mine, number);
  const auto own = split_membership(parent.membership(), number, choices);
  if (own) deliver(parent, *own, config, handle);
}

/// The existing ranks keep their numbers, the new ones come after them.
Membership grown_membership(const Comm& parent, int ranks, std::uint64_t number) {
  Membership own = parent.membership();
  own.token = derived_token(own.token, "grow", number);
  own.ranks = ranks;
  return own;
}

void require_place_for_child(ncclComm_t* child) {
  if (child == nullptr) refuse("the place for the new communicator is null");
  *child = nullptr;
}

void add_grown(Group& group, const std::shared_ptr<Comm>& comm, int ranks, ncclComm_t* child,
               Config config) {
  if (ranks <= comm->size() || ranks > max_ranks) {
    refuse(std::to_string(ranks) + " ranks: more than the " + std::to_string(comm->size()) +
           " of now, and " + std::to_string(max_ranks) + " at most");
  }
  const auto own = grown_membership(*comm, ranks, comm->grows++);
  group.add(Task{comm, [comm, own, child, config = std::move(config)] {
                   deliver(*comm, own, config, child);
                 }});
}

std::vector<int> devices_of(int devices, const int* list) {
  if (devices < 1 || devices > max_ranks) {
    refuse(std::to_string(devices) + " devices: give 1 to " + std::to_string(max_ranks));
  }
  std::vector<int> chosen(static_cast<std::size_t>(devices));
  for (int i = 0; i < devices; ++i) {
    chosen[static_cast<std::size_t>(i)] = list == nullptr ? i : list[i];
  }
  return chosen;
}

}  // namespace

void init_rank(Group& group, ncclComm_t* comm, int ranks, const ncclUniqueId& id, int rank,
               const ncclConfig_t* config) {
  require_place_for_child(comm);
  check_numbers(rank, ranks);
  add_new(group, comm, membership(token_of(id), rank, ranks), config_of_call(config));
}

void init_all(Group& group, ncclComm_t* comms, int devices, const int* list) {
  if (comms == nullptr) refuse("the array for the communicators is null");
  const auto chosen = devices_of(devices, list);
  std::fill_n(comms, chosen.size(), nullptr);
  const Token token = random_token();
  for (int rank = 0; rank < devices; ++rank) {
    const SelectDevice here(chosen[static_cast<std::size_t>(rank)]);
    add_new(group, comms + rank, membership(token, rank, devices), config_of_call(nullptr));
  }
}

void split(Group& group, ncclComm_t parent, int color, int key, ncclComm_t* child,
           const ncclConfig_t* config) {
  require_place_for_child(child);
  const auto comm = communicator_of(parent);
  comm->require_ready();
  const bool has_color = color != nccl_split_nocolor;
  const Choice mine = choice_of(has_color ? std::optional(color) : std::nullopt, key);
  group.add(Task{
      comm, [comm, mine, number = comm->splits++, child, settled = config_of_child(*comm, config)] {
        run_split(*comm, mine, number, settled, child);
      }});
}

void shrink(Group& group, ncclComm_t parent, std::span<const int> excluded, ncclComm_t* child,
            const ncclConfig_t* config, int flags) {
  require_place_for_child(child);
  const auto comm = communicator_of(parent);
  const bool ends_work = (flags & nccl_shrink_abort) != 0;
  ends_work ? comm->require_settled() : comm->require_ready();
  const auto own = shrink_membership(comm->membership(), comm->shrinks++, excluded);
  if (ends_work) comm->end_work();
  group.add(Task{comm, [comm, own, child, settled = config_of_child(*comm, config)] {
                   deliver(*comm, own, settled, child);
                 }});
}

void grow(Group& group, ncclComm_t parent, int ranks, const ncclUniqueId* id, int rank,
          ncclComm_t* child, const ncclConfig_t* config) {
  require_place_for_child(child);
  if (parent == nullptr) {
    if (id == nullptr) refuse("a new rank needs the id that ncclCommGetUniqueId gave to another");
    return init_rank(group, child, ranks, *id, rank, config);
  }
  const auto comm = communicator_of(parent);
  comm->require_ready();
  if (rank != -1)
    refuse("rank " + std::to_string(rank) + ": an existing rank keeps its number: -1");
  add_grown(group, comm, ranks, child, config_of_child(*comm, config));
}

const ncclUniqueId& first_of(const ncclUniqueId* ids, int count) {
  if (ids == nullptr || count < 1) refuse("there is no ncclUniqueId: give one or more");
  return *ids;
}

std::span<const int> ranks_in(const int* list, int count) {
  if (count < 0 || (list == nullptr && count > 0)) refuse("the list of ranks is null or too short");
  return {list, static_cast<std::size_t>(count)};
}

ncclUniqueId grow_id(const Comm& comm) {
  return unique_id_of(derived_token(comm.membership().token, "grow", comm.grows));
}

}  // namespace septet::abi
