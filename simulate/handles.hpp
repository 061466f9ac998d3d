// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <set>

namespace septet::standin {

/// A GPU, or the MIG device that is one of its compute instances.
struct DeviceKey {
  int gpu = 0;
  int gpu_instance = whole;
  int compute_instance = whole;
  static constexpr int whole = -1;

  [[nodiscard]] bool is_mig() const noexcept { return gpu_instance != whole; }
  auto operator<=>(const DeviceKey&) const = default;
};

struct GpuInstanceKey {
  int gpu = 0;
  int id = 0;
  auto operator<=>(const GpuInstanceKey&) const = default;
};

struct ComputeInstanceKey {
  GpuInstanceKey gpu_instance;
  int id = 0;
  auto operator<=>(const ComputeInstanceKey&) const = default;
};

/// The opaque pointers that clients hold for what is described by `Key`. A key has one handle for
/// the life of the process, whatever becomes of the thing.
template <typename Key, typename Handle>
class Handles {
 public:
  [[nodiscard]] Handle handle_of(const Key& key) {
    const Key* kept = &*keys_.insert(key).first;  // Elements of a set stay where they are.
    return reinterpret_cast<Handle>(const_cast<Key*>(kept));
  }

  /// The key behind `handle`, or null for a pointer that never was a handle.
  [[nodiscard]] const Key* find(Handle handle) const {
    for (const auto& key : keys_) {
      if (static_cast<const void*>(&key) == static_cast<const void*>(handle)) return &key;
    }
    return nullptr;
  }

 private:
  std::set<Key> keys_;
};

}  // namespace septet::standin
