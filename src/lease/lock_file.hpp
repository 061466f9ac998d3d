// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <filesystem>
#include <string_view>

namespace septet {

/// How a descriptor holds its file: alone, or beside others that hold it `shared`.
enum class Hold { exclusive, shared };

/// Takes the flock(2) of an open file without waiting; false while somebody else's is in the way.
/// The lock belongs to the open file: children that inherit the descriptor keep it, and closing
/// another descriptor of the same file does not drop it. Throws Error `system`.
[[nodiscard]] bool try_lock(int descriptor, Hold hold);

/// Opens the empty lock file `path` for writing, so that closing it is told to those who watch
/// its folder, and makes it first if need be. Throws Error `system`.
[[nodiscard]] UniqueFd open_lock_file(const std::filesystem::path& path);

/// Whether `path` still names the open file. Asked after locking: a cleaner of old files may have
/// removed it just before, and the next one to come would make and lock another.
[[nodiscard]] bool is_at(const std::filesystem::path& path, int descriptor) noexcept;

/// Makes the empty file `path` for all users (0666), unless it is there. No other user ever sees
/// it with a mode that the umask has narrowed. Throws Error `system`.
void make_lock_file(const std::filesystem::path& path);

/// Opens a file that another user may have put there: never a link, never a wait. Nothing when it
/// is gone, not a plain file, or not ours to read.
[[nodiscard]] UniqueFd open_foreign(const std::filesystem::path& path) noexcept;

/// A file that is locked, written and readable by all, but hidden: nobody looks for a name that
/// begins with a dot. `lock` or a copy of it keeps it live, also once it is renamed.
struct HiddenFile {
  std::filesystem::path path;
  UniqueFd lock;
};

/// Writes `text` to a new hidden file in `folder`, which takes most of the time of publishing it.
/// Throws Error `system`.
[[nodiscard]] HiddenFile write_hidden(const std::filesystem::path& folder, std::string_view text);

/// Writes `text` to `folder`/`name`, locked before anybody can see it, and returns the lock.
/// Requires: the caller has the grant lock, and `name` is not there. Throws Error `system`.
[[nodiscard]] UniqueFd publish(const std::filesystem::path& folder, std::string_view name,
                               std::string_view text);

/// The same open file at a number of 100 or higher, out of the way of a shell's `exec 3>`.
/// Close-on-exec. Throws Error `system`.
[[nodiscard]] UniqueFd out_of_the_way(UniqueFd descriptor);

/// Whether a process still holds this published file. Asks with a lock of its own for a moment,
/// which is in nobody's way: a published file is locked from its first moment on.
[[nodiscard]] bool is_live(int descriptor);

}  // namespace septet
