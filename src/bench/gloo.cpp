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
#include <set>

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

/// What is of no use any more after a call that failed.
enum class Lost : std::uint8_t { nothing, group, process };

/// Its memory is on the host: data on a device is the business of the Python process.
class Gloo : public Contender {
 public:
  Gloo(const GlooOptions& options, const Environment& environment, Communicator& ranks)
      : options_(options),
        environment_(with_loopback(environment)),
        ranks_(ranks),
        data_(memory_, {ranks.rank(), ranks.size()}) {}

  /// Starts a process, which loads PyTorch: no other rank is needed for that.
  void start();

  /// Joins the others in a new group: one that a call failed in is of no more use.
  void join();

  [[nodiscard]] std::string name() const override { return "gloo (torch " + version_ + ")"; }
  [[nodiscard]] std::optional<std::string> begin(const Case& each, Form form) override;
  [[nodiscard]] std::optional<std::uint64_t> wrong(Check check) override;
  [[nodiscard]] double back_to_back(int calls) override;
  [[nodiscard]] std::vector<double> alone(int calls) override;

 private:
  json ask(const json& question);
  [[nodiscard]] json question() const;
  [[nodiscard]] std::optional<std::string> mend();

  GlooOptions options_;
  Environment environment_;
  Communicator& ranks_;
  SharedMemory memory_;
  CaseBuffers data_;
  std::optional<Bridge> bridge_;
  std::string version_;
  int starts_ = 0;
  int groups_ = 0;
  Lost lost_ = Lost::nothing;        ///< Of this rank,
  std::string end_;                  ///< and how its process ended.
  std::set<Collective> deadly_;      ///< In which the process of a rank ended.
  std::optional<std::string> gone_;  ///< Why there is no group any more.
};

void Gloo::start() {
  bridge_.emplace(BridgeProgram{.python = options_.python,
                                .text = gloo_program,
                                .whose = "PyTorch",
                                .inherited = {memory_.descriptor()},
                                .patience = patience},
                  environment_);
  // Where processes begin together, words of earlier ones would let them begin too early.
  const auto folder = options_.folder / ("gloo." + std::to_string(starts_++));
  std::filesystem::create_directories(folder);
  version_ = ask({{"op", "load"},
                  {"rank", ranks_.rank()},
                  {"ranks", ranks_.size()},
                  {"folder", folder.string()},
                  {"memory", memory_.descriptor()},
                  {"on_device", options_.on_device}})["version"];
}

void Gloo::join() { ask({{"op", "join"}, {"group", groups_++}}); }

json Gloo::ask(const json& question) {
  try {
    return bridge_.value().ask(question);
  } catch (const Error& error) {
    lost_ = error.kind() == ErrorKind::argument ? Lost::group : Lost::process;
    end_ = error.what();
    throw;
  }
}

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

/// Has a group again, and processes when one has died: all anew, since they may share its fate.
/// Why that cannot be.
std::optional<std::string> Gloo::mend() {
  const auto own = static_cast<double>(lost_);
  const auto lost = static_cast<Lost>(slowest(ranks_, {&own, 1}).front());
  lost_ = Lost::nothing;
  if (lost == Lost::nothing) return {};
  std::optional<std::string> refusal;
  if (lost == Lost::process) {
    deadly_.insert(data_.each().collective);
    refusal = refusal_of(ranks_, [&] { start(); });
  }
  return refusal ? refusal : refusal_of(ranks_, [&] { join(); });
}

std::optional<std::string> Gloo::begin(const Case& each, Form form) {
  if (!gone_) gone_ = mend();
  if (gone_) return gone_;
  if (deadly_.contains(each.collective)) return "not tried again: it ended its Python process";
  const auto refusal = refusal_of(ranks_, [&] { data_.make(each, form); });
  if (refusal) return refusal;
  data_.fill();
  const auto failure = refusal_of(ranks_, [&] { ask(question()); });
  if (!failure) return {};
  // Of others it is told that they no longer hear of the one whose process ended.
  const bool ended = lost_ == Lost::process;
  const auto end = any_objection(ranks_, ended ? std::optional(end_) : std::nullopt);
  return end ? end : failure;
}

std::optional<std::uint64_t> Gloo::wrong(Check check) {
  if (check == Check::none) return {};
  return count_all_wrong(data_, check, ranks_);
}

double Gloo::back_to_back(int calls) {
  return ask({{"op", "back_to_back"}, {"calls", calls}})["us"];
}

std::vector<double> Gloo::alone(int calls) {
  return ask({{"op", "alone"}, {"calls", calls}})["us"];
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
    made->start();
  }));
  throw_first(refusal_of(ranks, [&] { made->join(); }));
  return made;
}

}  // namespace septet::bench
