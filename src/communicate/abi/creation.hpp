// SPDX-License-Identifier: Apache-2.0
// How communicators come to be: each function checks what the program gave and adds a task to the
// group, which meets the other ranks at its end.
#pragma once

#include "communicate/abi/group.hpp"
#include "communicate/abi/nccl.hpp"

#include <span>

namespace septet::abi {

/// Writes the handle of rank `rank` of `ranks` to `comm` at once; it is ready after the group. For
/// the current device. A blocking one that fails is taken back, and `comm` is null.
void init_rank(Group& group, ncclComm_t* comm, int ranks, const ncclUniqueId& id, int rank,
               const ncclConfig_t* config);

/// One rank for each of `devices` devices of this process; `list` null: the first ones.
void init_all(Group& group, ncclComm_t* comms, int devices, const int* list);

/// Each of these writes null to `child` at once and its handle when it is ready. Without `config`
/// the child has its parent's.
void split(Group& group, ncclComm_t parent, int color, int key, ncclComm_t* child,
           const ncclConfig_t* config);
void shrink(Group& group, ncclComm_t parent, std::span<const int> excluded, ncclComm_t* child,
            const ncclConfig_t* config, int flags);

/// Of an existing rank: `parent`, and `rank` -1; of a new one: no parent, an id and its rank.
void grow(Group& group, ncclComm_t parent, int ranks, const ncclUniqueId* id, int rank,
          ncclComm_t* child, const ncclConfig_t* config);

/// All ranks give the same ids: the first will do. Throws Error `argument` when there is none.
[[nodiscard]] const ncclUniqueId& first_of(const ncclUniqueId* ids, int count);

/// Throws Error `argument` when there is no such list.
[[nodiscard]] std::span<const int> ranks_in(const int* list, int count);

/// The id that brings new ranks into the next grow of `comm`.
[[nodiscard]] ncclUniqueId grow_id(const Comm& comm);

}  // namespace septet::abi
