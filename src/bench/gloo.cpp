// SPDX-License-Identifier: Apache-2.0
#include "bench/gloo.hpp"

#include "bench/agreement.hpp"
#include "bench/case_buffers.hpp"
#include "bench/gloo_program.hpp"
#include "bench/shared_memory.hpp"
#include "launch/bridge.hpp"
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace septet::bench {
namespace {

using nlohmann::json;

/// To load PyTorch from a slow network disk takes long, and so do a thousand calls; Gloo itself
/// gives up a call after a minute.
constexpr std::chrono::minutes patience{10};

/// Ranks are on one host: they need no network, nor a name of the host that leads anywhere.
Environment with_loopback(Environment environment) {
  if (!environment.get("GLOO_SOCKET_IFNAME")) environment.set("GLOO_SOCKET_IFNAME", "lo");
  return environment;
}

/// Its memory is on the host: data on a device is the business of the Python process.
class Gloo : public Contender {
 public:
  Gloo(const GlooOptions& options, const Environment& environment, Communicator& ranks)
      : folder_(options.folder),
        on_device_(options.on_device),
        ranks_(ranks),
        data_(memory_, {ranks.rank(), ranks.size()}),
        bridge_({.python = options.python,
                 .text = gloo_program,
                 .whose = "PyTorch",
                 .inherited = {memory_.descriptor()},
                 .patience = patience},
                with_loopback(environment)) {}

  /// Loads PyTorch: no other rank is needed for that.
  void load();

  /// Joins the others in a new group: one that a call failed in is of no more use.
  void join();

  [[nodiscard]] std::string name() const override { return "gloo (torch " + version_ + ")"; }
  [[nodiscard]] std::optional<std::string> begin(const Case& each, Form form) override;
  [[nodiscard]] std::optional<std::uint64_t> wrong(Check check) override;
  [[nodiscard]] double back_to_back(int calls) override;
  [[nodiscard]] std::vector<double> alone(int calls) override;

 private:
  [[nodiscard]] json question() const;

  std::filesystem::path folder_;
  bool on_device_;
  Communicator& ranks_;
  SharedMemory memory_;
  CaseBuffers data_;
  Bridge bridge_;
  std::string version_;
  int groups_ = 0;
  std::optional<std::string> lost_;  ///< Why there is no group any more.
};

void Gloo::load() {
  version_ = bridge_.ask({{"op", "load"},
                          {"rank", ranks_.rank()},
                          {"ranks", ranks_.size()},
                          {"folder", folder_.string()},
                          {"memory", memory_.descriptor()},
                          {"on_device", on_device_}})["version"];
}

void Gloo::join() { bridge_.ask({{"op", "join"}, {"group", groups_++}}); }

json Gloo::question() const {
  const auto& each = data_.each();
  const auto& [send, recv] = data_.buffers();
  return {{"op", "begin"},
          {"collective", name_of(each.collective)},
          {"type", name_of(each.type)},
          {"reduction", name_of(each.reduction)},
          {"send", {memory_.offset_of(send), sent_elements(each, data_.seat())}},
          {"recv", {memory_.offset_of(recv), received_elements(each, data_.seat())}},
          {"count", each.count}};
}

std::optional<std::string> Gloo::begin(const Case& each, Form form) {
  if (lost_) return lost_;
  auto refusal = refusal_of(ranks_, [&] { data_.make(each, form); });
  if (refusal) return refusal;
  data_.fill();
  refusal = refusal_of(ranks_, [&] { bridge_.ask(question()); });
  if (refusal) lost_ = refusal_of(ranks_, [&] { join(); });
  return refusal;
}

std::optional<std::uint64_t> Gloo::wrong(Check check) {
  if (check == Check::none) return {};
  return count_all_wrong(data_, check, ranks_);
}

double Gloo::back_to_back(int calls) {
  return bridge_.ask({{"op", "back_to_back"}, {"calls", calls}})["us"];
}

std::vector<double> Gloo::alone(int calls) {
  return bridge_.ask({{"op", "alone"}, {"calls", calls}})["us"];
}

void throw_first(const std::optional<std::string>& refusal) {
  if (refusal) throw Error(ErrorKind::device, *refusal);
}

}  // namespace

std::unique_ptr<Contender> gloo(const GlooOptions& options, const Environment& environment,
                                Communicator& ranks) {
  std::unique_ptr<Gloo> made;
  throw_first(refusal_of(ranks, [&] {
    made = std::make_unique<Gloo>(options, environment, ranks);
    made->load();
  }));
  throw_first(refusal_of(ranks, [&] { made->join(); }));
  return made;
}

}  // namespace septet::bench
