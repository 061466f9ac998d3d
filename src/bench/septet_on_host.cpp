// SPDX-License-Identifier: Apache-2.0
#include "bench/library.hpp"

namespace septet::bench {
namespace {

class SeptetOnHost : public Library {
 public:
  explicit SeptetOnHost(const Membership& membership) : communicator_(membership) {}

  [[nodiscard]] std::string name() const override { return "septet"; }
  void run(std::span<const Operation> group) override { communicator_.run(group); }
  [[nodiscard]] bool is_exact(const Operation&, int) const override { return true; }

 private:
  Communicator communicator_;
};

}  // namespace

std::unique_ptr<Library> septet_on_host(const Membership& membership) {
  return std::make_unique<SeptetOnHost>(membership);
}

}  // namespace septet::bench
