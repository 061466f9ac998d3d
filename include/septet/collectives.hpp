// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace septet {

/// Which libnccl.so.2 the started programs get (docs/collectives-in-programs.md).
enum class CollectivesFrom {
  fitting,  ///< "auto": Septet's on slices where it is installed, else as it comes.
  septet,   ///< Septet's, in place of any NCCL that they ask the loader for.
  nccl,     ///< Their own, told that several ranks share a GPU: NCCL 2.30 or newer.
  off,      ///< As it comes: their own, told nothing.
};

/// The word of `--collectives`.
[[nodiscard]] std::string_view name_of(CollectivesFrom from) noexcept;

/// The opposite of name_of; nothing for another word.
[[nodiscard]] std::optional<CollectivesFrom> parse_collectives(std::string_view word) noexcept;

/// The two files by which programs get Septet's collectives.
struct CollectivesLibraries {
  std::filesystem::path nccl;   ///< Absolute; Septet's libnccl.so.2.
  std::filesystem::path audit;  ///< Absolute; libseptet_audit.so, which puts it in place.
};

/// Those in `folder`, or nothing unless both are there.
[[nodiscard]] std::optional<CollectivesLibraries> libraries_in(const std::filesystem::path& folder);

/// What a job is told of its collectives.
struct Collectives {
  CollectivesFrom from = CollectivesFrom::fitting;

  /// Required for `septet`; without them `fitting` is `off`.
  std::optional<CollectivesLibraries> libraries = std::nullopt;
};

}  // namespace septet
