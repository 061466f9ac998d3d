// SPDX-License-Identifier: Apache-2.0
#include "bench/contender.hpp"

#include "bench/agreement.hpp"
#include "bench/case_buffers.hpp"

#include <chrono>

namespace septet::bench {
namespace {

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

class BufferedContender : public Contender {
 public:
  BufferedContender(Library& library, Memory& memory, Communicator& ranks)
      : library_(library),
        memory_(memory),
        ranks_(ranks),
        data_(memory, {ranks.rank(), ranks.size()}) {}

  [[nodiscard]] std::string name() const override { return library_.name(); }
  [[nodiscard]] std::optional<std::string> begin(const Case& each, Form form) override;
  [[nodiscard]] std::string path() const override { return path_; }
  [[nodiscard]] std::optional<std::uint64_t> wrong(Check check) override;
  [[nodiscard]] double back_to_back(int calls) override;
  [[nodiscard]] std::vector<double> alone(int calls) override;

 private:
  Library& library_;
  Memory& memory_;
  Communicator& ranks_;
  CaseBuffers data_;
  std::vector<Operation> operations_;
  std::string path_;
};

std::optional<std::string> BufferedContender::begin(const Case& each, Form form) {
  auto objection = refusal_of(ranks_, [&] { data_.make(each, form); });
  if (objection) return objection;
  data_.fill();
  operations_ = operations_of(each, data_.seat(), data_.buffers());
  return refusal_of(ranks_, [&] {
    if (!operations_.empty()) path_ = library_.path_of(operations_);
    library_.run(operations_);
    memory_.wait();
  });
}

std::optional<std::uint64_t> BufferedContender::wrong(Check check) {
  const bool judged = operations_.empty() || library_.is_exact(operations_.front(), ranks_.size());
  const auto anybody = any_objection(
      ranks_, judged ? std::nullopt : std::optional<std::string>("adds in an order of its own"));
  if (check == Check::none || anybody) return {};
  return count_all_wrong(data_, check, ranks_);
}

double BufferedContender::back_to_back(int calls) {
  ranks_.barrier();
  const auto start = Clock::now();
  for (int call = 0; call < calls; ++call) library_.run(operations_);
  memory_.wait();
  return microseconds_since(start) / calls;
}

std::vector<double> BufferedContender::alone(int calls) {
  std::vector<double> samples;
  for (int call = 0; call < calls; ++call) {
    ranks_.barrier();
    const auto start = Clock::now();
    library_.run(operations_);
    memory_.wait();
    samples.push_back(microseconds_since(start));
  }
  return samples;
}

}  // namespace

std::unique_ptr<Contender> contender(Library& library, Memory& memory, Communicator& ranks) {
  return std::make_unique<BufferedContender>(library, memory, ranks);
}

}  // namespace septet::bench
