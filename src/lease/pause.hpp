// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"
#include "lease/roll.hpp"
#include "lease/watch.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// What a waiting request looks at. While it stays the same, another attempt would end as the last.
struct Scene {
  std::filesystem::path watched;  ///< Where the news will come from.
  std::vector<std::string> live;  ///< The leases and requests that can make a difference.

  bool operator==(const Scene&) const = default;
};

/// What request `ticket` saw when it read `roll` for it; nothing for one without a place in the
/// queue. Stuck `behind` an earlier request it looks at that alone, so that a release wakes who can
/// use it and not all.
[[nodiscard]] Scene scene_of(const Layout& layout, const Roll& roll, std::optional<int> behind);

/// The same as it is now.
[[nodiscard]] Scene scene_now(const Layout& layout, std::optional<int> behind,
                              std::optional<int> ticket);

/// Sleeps between attempts, without using the processor, up to a limit for all of them together.
/// One thread.
class Pause {
 public:
  using Clock = std::chrono::steady_clock;

  /// No limit: nothing. The time runs from now. `watch` must outlive the pause.
  Pause(std::optional<std::chrono::milliseconds> limit, Watch& watch);

  /// Sleeps while `look()` gives `scene`, but at most a few seconds: the host may have changed
  /// too. Returns false when the limit is over.
  template <typename Look>
  [[nodiscard]] bool until_change(const Scene& scene, Look look) {
    begin(scene);
    while (look() == scene && !is_due()) nap();
    return !is_over();
  }

  /// Sleeps a little longer each time in a row: for what nobody tells.
  [[nodiscard]] bool a_moment();

 private:
  void begin(const Scene& scene);
  [[nodiscard]] std::chrono::microseconds longer(std::chrono::microseconds nap) const;
  void nap();
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] bool is_over() const;

  std::optional<Clock::time_point> end_;
  Clock::time_point since_;  ///< When this wait began.
  Clock::time_point due_;
  std::chrono::microseconds next_nap_{};
  std::chrono::microseconds next_moment_{};
  Watch& watch_;
};

}  // namespace septet
