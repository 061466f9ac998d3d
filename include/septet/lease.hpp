// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>
#include <septet/host.hpp>
#include <septet/plan.hpp>
#include <septet/request.hpp>
#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace septet {

class Environment;
class Watch;

/// Who asks for slices. `uid` and `user` are read from the kernel, never from what a file says.
struct Holder {
  pid_t pid = 0;
  uid_t uid = 0;
  std::string user;
  std::string command;  ///< For people: the command line, cut at 200 characters.
  std::chrono::system_clock::time_point since;
};

/// A lease as it stands in the lease folder: what was granted, to whom.
struct LeaseRecord {
  std::string id;  ///< Eight hex digits, unique on the host.
  Holder holder;
  std::string boot_id;  ///< /proc/sys/kernel/random/boot_id when granted.
  std::vector<Slice> slices;
  std::string reason;  ///< Plan::reason: why these slices.
};

/// A request that waits, in the order in which it will be served.
struct Waiter {
  int ticket = 0;
  Holder holder;
  Request request;
  std::vector<std::string> candidates;  ///< UUIDs that it could take.
};

/// The right to run on some slices, held until destruction or the death of all who share it.
///
/// At most one live Lease names a slice on a host, whoever its users are. The kernel keeps the
/// locks, so a killed holder never strands a slice. A child that inherits the descriptors shares
/// the lease: the slices are free again when the last of them has exited.
/// Threads: const calls may run side by side.
class Lease {
 public:
  /// Only `acquire` calls it. `locks` are in the order of letting go, that of `file` last.
  Lease(LeaseRecord record, std::filesystem::path file, std::vector<UniqueFd> locks);
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  [[nodiscard]] const LeaseRecord& record() const noexcept { return record_; }
  [[nodiscard]] const std::vector<Slice>& slices() const noexcept { return record_.slices; }

  /// For children to inherit; numbered 100 or higher, so that a shell's `exec 3>` spares them.
  /// Close-on-exec until launch clears it; still owned by this Lease.
  [[nodiscard]] std::vector<int> descriptors() const;

  /// Ties one more descriptor to the lease, such as the use of an MPS daemon: children inherit it
  /// with the others, and it is let go after the slices. Numbered as those are.
  void keep(UniqueFd descriptor);

 private:
  void release() noexcept;

  LeaseRecord record_;
  std::filesystem::path file_;
  std::vector<UniqueFd> locks_;
};

/// The folder through which all users of Septet on this host find each other: a lock file a
/// slice, a record a lease, a ticket a waiting request. docs/lease.md draws it.
/// Threads: one at a time for each object; any number of processes.
class LeaseFolder {
 public:
  /// Makes the folder if need be. Throws Error `system` if it cannot be used, with the remedy.
  explicit LeaseFolder(std::filesystem::path folder);
  LeaseFolder(LeaseFolder&&) noexcept;
  LeaseFolder& operator=(LeaseFolder&&) noexcept;
  ~LeaseFolder();

  /// /run/septet where an administrator made it (`septet install-host`), else
  /// $XDG_RUNTIME_DIR/septet, else /tmp/septet-<uid>. SEPTET_STATE overrides all three. Inside a
  /// lease (SEPTET_LEASE is set by launch) it is the folder of that lease's own sub-leases, so
  /// that `septet run` under `septet hold` shares out what is held and waits for nobody else.
  [[nodiscard]] static std::filesystem::path usual(const Environment& environment);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_; }

  /// The live leases, oldest first. Never blocks for longer than a grant takes.
  [[nodiscard]] std::vector<LeaseRecord> leases() const;

  /// The live waiting requests, next first.
  [[nodiscard]] std::vector<Waiter> queue() const;

  /// UUIDs of what is leased now.
  [[nodiscard]] Busy held() const;

  /// Files of live holders and waiters that this version of Septet cannot read.
  [[nodiscard]] std::vector<std::filesystem::path> unreadable() const;

  /// How those who wait in this folder sleep: one for all of them, since to end one takes long.
  [[nodiscard]] Watch& watch() const noexcept { return *watch_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Watch> watch_;
};

/// How long to wait for slices.
struct Patience {
  /// Nothing: as long as it takes. Zero: not at all.
  std::optional<std::chrono::milliseconds> limit;

  /// Called once when the request has to wait, and again when its place in the queue changes:
  /// how many are ahead, and the leases that hold candidates.
  std::function<void(int ahead, const std::vector<LeaseRecord>& holders)> on_wait;
};

/// Leases what `request` asks for: all of it or nothing, in the order of asking.
///
/// Surveys `driver` anew before each attempt. Blocks up to `patience.limit`; returns nothing when
/// that is over. A request waits behind every earlier one that could take any of its candidates,
/// so a request for four is not starved by requests for one. Throws what `candidates` and `survey`
/// throw, and Error `system`.
[[nodiscard]] std::optional<Lease> acquire(const LeaseFolder& folder, Driver& driver,
                                           const Request& request, const std::string& command,
                                           const Patience& patience);

/// Waits until `acquire` would grant `request` at once, and takes nothing: whoever asks first gets
/// it. Stands in no queue, so behind everybody. Returns false when `limit` is over; nothing: as
/// long as it takes. Throws what `acquire` throws.
[[nodiscard]] bool await_turn(const LeaseFolder& folder, Driver& driver, const Request& request,
                              std::optional<std::chrono::milliseconds> limit);

/// Waits until no lease of `ids` lives, or with none no lease at all. Returns false when `limit` is
/// over. Throws Error `system`.
[[nodiscard]] bool await_end(const LeaseFolder& folder, const std::vector<std::string>& ids,
                             std::optional<std::chrono::milliseconds> limit);

/// Lets the slices of `lease` go their own ways: one lease for each, in the same order, so that
/// they can be given back one by one. Nobody gets between. What `keep` tied to `lease` is let go.
/// Throws Error `system`; then all of them are free.
[[nodiscard]] std::vector<Lease> split(const LeaseFolder& folder, Lease lease);

/// Throws Error `device` unless every leased slice is in `now` with the same profile, memory and
/// instance ids. A MIG UUID can come back with another shape: the driver derives it from the place.
void revalidate(const std::vector<Slice>& leased, const Host& now);

}  // namespace septet
