// SPDX-License-Identifier: Apache-2.0
#include "bench/resources.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "bench/agreement.hpp"
#include "bench/case_buffers.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>

#include <vector>

namespace septet::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// As much as programs often send, and more than any chunk.
constexpr std::size_t used_bytes = mebibyte;
constexpr int calls_before_a_look = 5;

/// Seen at once by everybody with whom a device is shared.
constexpr std::size_t probe_bytes = 64 * mebibyte;

/// The number behind `key` in a text of /proc; 0 when it is not there.
double number_after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return 0;
  const auto rest = trim(text.substr(at + key.size()));
  return static_cast<double>(
      parse_number<std::uint64_t>(rest.substr(0, rest.find_first_not_of("0123456789")))
          .value_or(0));
}

double processor_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

/// What this rank has at one moment.
struct Look {
  double device_mib = 0;  ///< Free on its device, whoever has the rest.
  double host_mib = 0;
  double threads = 0;
};

/// Measures on one rank what all ranks do at once.
class Scale {
 public:
  Scale(Memory& memory, Communicator& ranks) : memory_(memory), ranks_(ranks) {
    sharers_ = count_sharers();
  }

  /// All ranks see the device as all of them left it.
  [[nodiscard]] Look look() {
    ranks_.barrier();
    Look seen{.device_mib = free_mib()};
    seen.host_mib =
        number_after(try_read_file("/proc/self/smaps_rollup").value_or(""), "\nPss:") / 1024;
    seen.threads = number_after(try_read_file("/proc/self/status").value_or(""), "\nThreads:");
    ranks_.barrier();
    return seen;
  }

  /// Milliseconds that `act` takes on the slowest rank.
  [[nodiscard]] double time(const std::function<void()>& act) {
    ranks_.barrier();
    const auto start = Clock::now();
    act();
    return most(Milliseconds(Clock::now() - start).count());
  }

  [[nodiscard]] double idle_cores(std::chrono::milliseconds idle) {
    ranks_.barrier();
    const double before = processor_ms();
    const auto start = Clock::now();
    ::poll(nullptr, 0, static_cast<int>(idle.count()));  // To be idle is what is measured.
    const double spent = processor_ms() - before;
    return most(spent / Milliseconds(Clock::now() - start).count());
  }

  /// What came between two looks, of the rank with most of it.
  void note(Resources& found, const Look& before, const Look& after) {
    if (memory_.free_bytes()) {
      found.device_mib = most((before.device_mib - after.device_mib) / sharers_);
    }
    found.host_mib = most(after.host_mib - before.host_mib);
    found.threads = most(after.threads - before.threads);
  }

 private:
  [[nodiscard]] double most(double own) { return slowest(ranks_, {&own, 1}).front(); }

  [[nodiscard]] double free_mib() const {
    return static_cast<double>(memory_.free_bytes().value_or(0)) / static_cast<double>(mebibyte);
  }

  /// Of how many ranks this rank's device is: those who see it when this rank takes memory.
  [[nodiscard]] double count_sharers() {
    double sharers = 1;
    if (!memory_.free_bytes()) return sharers;
    for (int rank = 0; rank < ranks_.size(); ++rank) {
      const double before = look().device_mib;
      const auto taken = rank == ranks_.rank() ? memory_.allocate(probe_bytes) : Memory::Block();
      const double drop = before - look().device_mib;
      const double sees = drop > probe_bytes / mebibyte / 2 ? 1 : 0;
      double all = 0;
      ranks_.all_reduce(&sees, &all, 1, DataType::float64);
      if (rank == ranks_.rank()) sharers = all;
    }
    return sharers;
  }

  Memory& memory_;
  Communicator& ranks_;
  double sharers_ = 1;
};

/// What libraries are used with: an all-reduce.
class Use {
 public:
  Use(Memory& memory, Communicator& ranks)
      : memory_(memory), data_(memory, {ranks.rank(), ranks.size()}) {
    const auto each = case_of(Collective::all_reduce, DataType::float32, Reduction::sum, used_bytes,
                              ranks.size());
    data_.make(each, Form::in_place);
    data_.fill();
    operations_ = operations_of(each, data_.seat(), data_.buffers());
  }

  void of(Library& library) {
    for (int call = 0; call < calls_before_a_look; ++call) library.run(operations_);
    memory_.wait();
  }

 private:
  Memory& memory_;
  CaseBuffers data_;
  std::vector<Operation> operations_;
};

/// A communicator and what it took; none when it was refused.
struct Made {
  Resources found;
  std::unique_ptr<Library> library;
};

Made make_one(const Maker& maker, const std::string& addition, Use& use, Scale& scale,
              Communicator& ranks) {
  Made made{.found = {.what = maker.name}, .library = {}};
  auto& found = made.found;
  const Look before = scale.look();
  found.create_ms =
      scale.time([&] { found.refused = refusal_of(ranks, [&] { made.library = maker.make(); }); });
  if (found.refused) return {.found = std::move(found), .library = {}};
  found.what = made.library->name() + addition;
  found.refused = refusal_of(ranks, [&] { use.of(*made.library); });
  if (!found.refused) scale.note(found, before, scale.look());
  return made;
}

void let_go(Made& made, Scale& scale) {
  if (made.library) made.found.destroy_ms = scale.time([&] { made.library.reset(); });
}

constexpr auto line_format = "{:<26} {:>10} {:>10} {:>10} {:>10} {:>8} {:>10}\n";

}  // namespace

void measure_resources(std::span<const Maker> libraries, std::chrono::milliseconds idle,
                       Memory& memory, Communicator& ranks,
                       const std::function<void(const Resources&)>& tell) {
  Use use(memory, ranks);
  Scale scale(memory, ranks);
  tell({.what = "none", .idle_cores = scale.idle_cores(idle)});
  for (const auto& maker : libraries) {
    auto first = make_one(maker, "", use, scale, ranks);
    first.found.idle_cores = scale.idle_cores(idle);
    auto second = make_one(maker, ", one more", use, scale, ranks);
    second.found.idle_cores = scale.idle_cores(idle);
    let_go(second, scale);
    let_go(first, scale);
    tell(first.found);
    if (!first.found.refused) tell(second.found);
  }
}

std::string resources_heading() {
  return fmt::format(line_format, "# of each rank", "create", "destroy", "device", "host",
                     "threads", "idle") +
         fmt::format(line_format, "#", "ms", "ms", "MiB", "MiB", "", "cores");
}

std::string text_of(const Resources& resources) {
  if (resources.refused) return "# " + resources.what + ": n/a: " + *resources.refused + "\n";
  const auto number = [](double value) { return fmt::format("{:.1f}", value); };
  return fmt::format(
      line_format, resources.what, number(resources.create_ms), number(resources.destroy_ms),
      resources.device_mib ? number(*resources.device_mib) : "-", number(resources.host_mib),
      fmt::format("{:.0f}", resources.threads), fmt::format("{:.4f}", resources.idle_cores));
}

}  // namespace septet::bench
