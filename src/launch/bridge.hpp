// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/unique_fd.hpp>

#include <nlohmann/json_fwd.hpp>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// A program in Python that answers questions.
struct BridgeProgram {
  std::string python;                  ///< A name or a path.
  std::string_view text;               ///< The program itself. It ends when its stdin does.
  std::string whose;                   ///< The package that it is for, as errors call it.
  std::filesystem::path log = {};      ///< Gets stderr at its end; empty: stderr is this process's.
  std::vector<int> inherited = {};     ///< Descriptors that it has too, under their numbers.
  std::chrono::seconds patience{120};  ///< For each answer.
};

/// A Python process that answers questions: one line of JSON each way. It ends with this object,
/// and with this process however that ends. One thread.
class Bridge {
 public:
  /// Starts `program`. Call from the main thread, as spawn() says. Throws Error `argument` when
  /// there is no such Python, Error `system`.
  Bridge(const BridgeProgram& program, const Environment& environment);
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;
  ~Bridge();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// The answer to `question`. Throws Error `argument` with what the program refuses ("error" in
  /// its answer), Error `system` when it is gone or does not answer for as long as it may take.
  nlohmann::json ask(const nlohmann::json& question);

 private:
  void send(const std::string& line);
  [[nodiscard]] std::string receive();
  [[noreturn]] void give_up(const std::string& what) const;

  std::string whose_;
  std::filesystem::path log_;
  UniqueFd socket_;
  pid_t pid_ = 0;
  UniqueFd process_;  ///< The same, whoever has that number later.
  std::string received_;
};

}  // namespace septet
