// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/unique_fd.hpp>

#include <nlohmann/json_fwd.hpp>
#include <sys/types.h>

#include <filesystem>
#include <string>

namespace septet {

/// A Python process that answers questions: one line of JSON each way. It ends with this object,
/// and with this process however that ends. One thread.
class Bridge {
 public:
  /// Starts the built-in program with `python`, a name or a path; what it writes on stderr goes to
  /// the end of `log`. Throws Error `argument` when there is no such Python, Error `system`.
  Bridge(const std::string& python, const Environment& environment, std::filesystem::path log);
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;
  ~Bridge();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// The answer to `question`. Waits for at most two minutes. Throws Error `argument` with what the
  /// program refuses, Error `system` when it is gone or does not answer.
  nlohmann::json ask(const nlohmann::json& question);

 private:
  void send(const std::string& line);
  [[nodiscard]] std::string receive();
  [[noreturn]] void give_up(const std::string& what) const;

  std::filesystem::path log_;
  UniqueFd socket_;
  pid_t pid_ = 0;
  UniqueFd process_;  ///< The same, whoever has that number later.
  std::string received_;
};

}  // namespace septet
