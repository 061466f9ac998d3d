// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace septet::cli {

/// A name and what it means, in one sentence.
struct Meaning {
  std::string_view name;
  std::string_view text;
};

/// The three commands that `septet --help` shows first.
inline constexpr std::array first_commands{
    Meaning{"septet list", "what this host has, and whose"},
    Meaning{"septet run -n 4 -- python3 train.py", "one process a slice, on four"},
    Meaning{"septet list --devices sim:a100-40gb:4x1g.10gb", "a GPU that is not there"},
};

/// What the program exits with. Source: sysexits.h, timeout(1), docs/exit-status.md.
inline constexpr std::array exit_statuses{
    Meaning{"0", "Success. A single command's own status is passed on untouched."},
    Meaning{"128+n", "The command was ended by signal n. 130 is an interrupt (Ctrl-C)."},
    Meaning{"64", "Wrong use: the message names the option and what to write."},
    Meaning{"69", "No such device on this host, now or ever."},
    Meaning{"70", "A fault of Septet."},
    Meaning{"71", "The operating system refused."},
    Meaning{"75", "Nothing free, with --no-wait or after --wait=TIME."},
    Meaning{"124", "The time limit of --timeout was reached."},
};

/// Every variable that the program reads or sets.
inline constexpr std::array environment_variables{
    Meaning{"SEPTET_DEVICES", "Where slices come from when --devices is not given."},
    Meaning{"SEPTET_COLLECTIVES",
            "Which libnccl.so.2 programs get when --collectives is not given."},
    Meaning{"SEPTET_LIBRARIES",
            "The folder of libnccl.so.2 and libseptet_audit.so, instead of the installed one."},
    Meaning{"LD_AUDIT, SEPTET_NCCL",
            "Set for programs that get Septet's collectives: what puts its libnccl.so.2 in place, "
            "and where that is."},
    Meaning{"SEPTET_STATE", "The lease folder, instead of the usual one."},
    Meaning{"SEPTET_RANK, SEPTET_WORLD_SIZE, SEPTET_LOCAL_RANK",
            "Set for each rank: which of how many it is, on this host."},
    Meaning{"SEPTET_SLICE, SEPTET_SLICE_PROFILE, SEPTET_SLICE_MEMORY",
            "Set for each rank: the UUID, profile and bytes of its slice."},
    Meaning{"SEPTET_SLICES", "Set for a holder and its children: the slices that they may use."},
    Meaning{"SEPTET_LEASE", "Set for a holder and its children: the lease they share."},
    Meaning{"CUDA_VISIBLE_DEVICES, NVIDIA_VISIBLE_DEVICES",
            "Narrow what real GPUs offer; set for each rank to its one slice."},
};

/// Where the program keeps what outlives a command. docs/lease.md and docs/sweep.md draw them.
inline constexpr std::array files{
    Meaning{"/run/septet",
            "The lease folder of all users, where an administrator ran septet install-host: the "
            "lock files of slices, who holds and who waits."},
    Meaning{"/etc/tmpfiles.d/septet.conf", "What makes it anew at each boot."},
    Meaning{"$XDG_RUNTIME_DIR/septet, /tmp/septet-UID",
            "The lease folder of one user, the second where there is no session; otherwise the "
            "same. Do not delete its files while slices are leased."},
    Meaning{"septet-sweep/journal.jsonl",
            "What became of each trial, in the folder where septet sweep was started or that "
            "--folder names: what --resume goes on from."},
    Meaning{"septet-sweep/results.csv", "A line a trial, written from the journal."},
};

}  // namespace septet::cli
