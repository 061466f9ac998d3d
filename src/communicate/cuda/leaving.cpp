// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/leaving.hpp"

#include "communicate/cuda/handles.hpp"

#include <list>
#include <mutex>
#include <utility>

namespace septet {
namespace {

using Engines = std::list<std::unique_ptr<DeviceEngine>>;

/// What the communicators of this process have left behind.
class Leftovers {
 public:
  void add(std::unique_ptr<DeviceEngine> engine) {
    Engines one;
    one.push_back(std::move(engine));
    const std::lock_guard lock(mutex_);
    engines_.splice(engines_.end(), one);
  }

  /// Those whose calls have ended.
  [[nodiscard]] Engines take_ended() {
    Engines ended;
    const std::lock_guard lock(mutex_);
    for (auto each = engines_.begin(); each != engines_.end();) {
      const auto here = each++;
      if ((*here)->has_ended()) ended.splice(ended.end(), engines_, here);
    }
    return ended;
  }

 private:
  std::mutex mutex_;
  Engines engines_;
};

/// The one state that all communicators share: they are gone when it is needed. Never destroyed:
/// at the end of the process CUDA may be gone before it.
Leftovers& leftovers() {
  static auto* const all = new Leftovers;
  return *all;
}

}  // namespace

void let_go(std::unique_ptr<DeviceEngine> engine) noexcept {
  if (!engine->state().is_of_this_process()) {
    [[maybe_unused]] const auto* const of_parent = engine.release();
    return;
  }
  const RelaxedCapture relaxed;
  if (is_broken(engine->state().board())) {
    engine->stop();
    leftovers().add(std::move(engine));
    return;
  }
  engine.reset();
  free_leftovers();
}

void free_leftovers() noexcept {
  const RelaxedCapture relaxed;
  leftovers().take_ended().clear();
}

}  // namespace septet
