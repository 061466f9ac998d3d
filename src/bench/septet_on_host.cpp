// SPDX-License-Identifier: Apache-2.0
#include "bench/library.hpp"
#include "communicate/communicator_state.hpp"

#include <utility>

namespace septet::bench {
namespace {

class SeptetOnHost : public Library {
 public:
  SeptetOnHost(Way way, std::unique_ptr<CommunicatorState> state)
      : way_(std::move(way)), state_(*state), communicator_(std::move(state)) {}

  [[nodiscard]] std::string name() const override { return way_.name; }
  void run(std::span<const Operation> group) override { communicator_.run(group); }
  [[nodiscard]] std::string path_of(std::span<const Operation> group) const override {
    return path_in(way_, group, state_.host_path_of(group.front()),
                   {.chunk_bytes = state_.layout().capacity().slot_bytes});
  }
  [[nodiscard]] bool is_exact(const Operation&, int) const override { return true; }

 private:
  Way way_;
  CommunicatorState& state_;  ///< The communicator's.
  Communicator communicator_;
};

}  // namespace

std::unique_ptr<Library> septet_on_host(const Membership& membership, const Way& way) {
  return std::make_unique<SeptetOnHost>(
      way, std::make_unique<CommunicatorState>(membership, way.settings, BufferPlace::host));
}

}  // namespace septet::bench
