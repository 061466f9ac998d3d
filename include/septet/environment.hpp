// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// The environment variables of a process, as a value: read once at the edge, passed from there.
class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  Environment() = default;
  Environment(std::initializer_list<Variables::value_type> variables) : variables_(variables) {}

  /// A copy of this process's own.
  [[nodiscard]] static Environment current();

  /// The value, or nothing when unset. Set but empty is a value.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;

  /// The value, or `otherwise` when unset or empty.
  [[nodiscard]] std::string get_or(std::string_view name, std::string_view otherwise) const;

  void set(std::string_view name, std::string_view value);
  void unset(std::string_view name);

  /// "NAME=value" strings in the order of names, as execve takes them.
  [[nodiscard]] std::vector<std::string> strings() const;

  bool operator==(const Environment&) const = default;

 private:
  Variables variables_;
};

}  // namespace septet
