// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// What a user asks for. The defaults ask for one slice of any size.
struct Request {
  int slices = 1;  ///< -n: how many, 1 or more.
  /// At least this much in each slice. Whole GiB mean the size that a slice is sold as: a 1g.10gb
  /// serves 10 GiB although it has 9.5; finer sizes are compared with the bytes.
  std::optional<std::uint64_t> memory_bytes = {};
  std::string profile = {};             ///< This profile, "full" included; empty: any.
  std::vector<std::string> named = {};  ///< Exactly these, in any spelling of find_slice, in rank
                                        ///< order; `slices` is 1 or their number.
  std::vector<int> gpus = {};           ///< Only on these GPUs; empty: any.
  bool same_gpu = false;                ///< All on one GPU, or not at all.
  bool spread = false;                  ///< On as many GPUs as possible, not as few.
  bool prefer_full = false;             ///< One free whole GPU instead, if there is one.
  bool allow_mixed = false;             ///< Slices of unequal memory will do.

  bool operator==(const Request&) const = default;
};

}  // namespace septet
