// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>

#include <optional>
#include <string>
#include <vector>

namespace septet::cli {

/// One program of a Python's, and the NCCL that it loads.
struct ProgramSight {
  std::string name;                         ///< "torch".
  std::string version = {};                 ///< Empty: untold.
  std::string way = {};                     ///< How it asks for NCCL, in words.
  std::string trouble = {};                 ///< Why nothing was loaded; else empty.
  std::vector<std::string> libraries = {};  ///< Files named libnccl.so… that came; usually one.
  std::optional<int> nccl_version = std::nullopt;  ///< 22703 is 2.27.3. Nothing: it has no NCCL.
};

/// A Python, and those of the programs that Septet knows which it has.
struct PythonSight {
  std::string path;
  std::string version;
  std::string libc;      ///< "glibc 2.36"; empty: another than glibc.
  bool secure = false;   ///< It has privileges of its own: the loader ignores LD_AUDIT.
  bool audited = false;  ///< libseptet_audit.so is in it.
  std::vector<ProgramSight> programs;
};

/// Has `python`, a name or path, load NCCL as its programs would, started with `environment`: each
/// in a process of its own, for a minute at most; these write to stderr what they have to say.
/// Throws Error `argument` when there is no such Python, `system` when it does not answer.
[[nodiscard]] PythonSight look_at_python(const std::string& python, const Environment& environment);

/// What to think of what a program loads.
struct Verdict {
  bool fault;
  std::string text;
};

/// Of a program of `python` that was to get `wanted`; empty: its own NCCL. With `shared`, several
/// ranks are to use one GPU. Pure.
[[nodiscard]] Verdict judge(const PythonSight& python, const ProgramSight& program,
                            const std::string& wanted, bool shared);

/// "2.27.3" for 22703, "2.7.8" for 2708.
[[nodiscard]] std::string nccl_version_text(int version);

}  // namespace septet::cli
