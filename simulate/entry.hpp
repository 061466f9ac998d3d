// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

// What the exported functions are made of.
namespace septet::standin {

/// Runs `body` alone in this process and makes a code of what it throws. No exception leaves.
template <typename Body>
nvml::Result caught(Body&& body) noexcept {
  try {
    auto& session = Session::of_process();
    const std::lock_guard alone(session.mutex());
    std::forward<Body>(body)(session);
    return nvml::Result::success;
  } catch (const Refused& refused) {
    return refused.result;
  } catch (const std::bad_alloc&) {
    return nvml::Result::memory;
  } catch (...) {
    return nvml::Result::unknown;  // As when the state file went away.
  }
}

/// The same for all entries that are only good between init and shutdown.
template <typename Body>
nvml::Result guarded(Body&& body) noexcept {
  return caught([&](Session& session) {
    session.enter();
    std::forward<Body>(body)(session);
  });
}

/// NVML counts without a sign. Requires: not negative.
inline unsigned number(int value) { return static_cast<unsigned>(value); }

/// What `pointer` points to. Refuses null as invalid_argument.
template <typename Value>
Value& required(Value* pointer) {
  if (pointer == nullptr) refuse(nvml::Result::invalid_argument);
  return *pointer;
}

/// Copies `text` and its final zero. Refuses a buffer of less than that: insufficient_size.
inline void put_text(std::string_view text, char* buffer, unsigned size) {
  static_cast<void>(required(buffer));
  if (size <= text.size()) refuse(nvml::Result::insufficient_size);
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
}

/// The same for an array, cut to fit.
template <std::size_t Size>
void put_text(std::string_view text, char (&buffer)[Size]) {
  put_text(text.substr(0, Size - 1), buffer, Size);
}

/// Refuses a struct that the caller filled in for another version of NVML.
inline void require_version(unsigned given, unsigned ours) {
  if (given != ours) refuse(nvml::Result::argument_version_mismatch);
}

/// NVML's idiom for lists: `count` is the room in, the number out. Without enough room the number
/// alone is told, with insufficient_size.
template <typename Value>
void put_list(const std::vector<Value>& values, unsigned* count, Value* list) {
  const auto room = std::exchange(required(count), static_cast<unsigned>(values.size()));
  if (values.empty()) return;
  if (list == nullptr || room < values.size()) refuse(nvml::Result::insufficient_size);
  std::ranges::copy(values, list);
}

/// The variant for placements: a null list asks for the number alone.
template <typename Value>
void put_list_or_count(const std::vector<Value>& values, unsigned* count, Value* list) {
  if (list == nullptr) {
    required(count) = static_cast<unsigned>(values.size());
  } else {
    put_list(values, count, list);
  }
}

/// The variant for instances: the caller has room for all that there can be, and `count` is only
/// told.
template <typename Value>
void put_all(const std::vector<Value>& values, unsigned* count, Value* list) {
  required(count) = static_cast<unsigned>(values.size());
  std::ranges::copy(values, &required(list));
}

}  // namespace septet::standin
