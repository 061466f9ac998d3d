// SPDX-License-Identifier: Apache-2.0
// Collectives on host memory among 2 and 4 processes, and beside them, in the same run, those of
// MPI where it is installed, and plain copies by as many processes: the bound of memory. Prints a
// table; writes JSON of Google Benchmark's form to --benchmark_out=FILE. For scripts/bench-host it
// is ranks that obey orders: --orders=FOLDER --ranks=N.
#include "collective_cases.hpp"
#include "orders.hpp"
#include <septet/communicator.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace septet::bench {
namespace {

class SeptetGroup : public Group {
 public:
  explicit SeptetGroup(const Membership& membership) : all_(membership) {}

  [[nodiscard]] int rank() const override { return all_.rank(); }
  [[nodiscard]] int size() const override { return all_.size(); }
  void barrier() override { all_.barrier(); }
  void all_reduce(const float* send, float* recv, std::size_t count) override {
    all_.all_reduce(send, recv, count, DataType::float32);
  }
  void broadcast(float* buffer, std::size_t count) override {
    all_.broadcast(buffer, buffer, count, DataType::float32, 0);
  }
  void all_gather(const float* send, float* recv, std::size_t count) override {
    all_.all_gather(send, recv, count, DataType::float32);
  }
  void all_to_all(const float* send, float* recv, std::size_t count) override {
    all_.all_to_all(send, recv, count, DataType::float32);
  }
  void send(const float* buffer, std::size_t count, int peer) override {
    all_.send(buffer, count, DataType::float32, peer);
  }
  void recv(float* buffer, std::size_t count, int peer) override {
    all_.recv(buffer, count, DataType::float32, peer);
  }

 private:
  Communicator all_;
};

struct Row {
  std::string who;
  std::string name;
  int ranks = 0;
  double bytes = 0;
  double median_us = 0;
  double slow_us = 0;  ///< 99th percentile

  /// Bytes by time, and what of them crosses between ranks; as nccl-tests define them.
  [[nodiscard]] double algorithm_gbs() const { return bytes * ways() / median_us / 1000; }
  [[nodiscard]] double bus_gbs() const {
    const double share = (ranks - 1.0) / ranks;
    if (name == "all_reduce") return algorithm_gbs() * 2 * share;
    if (name == "all_gather" || name == "all_to_all") return algorithm_gbs() * share;
    return algorithm_gbs();
  }

 private:
  [[nodiscard]] double ways() const { return name == "round_trip" ? 2 : 1; }
};

std::vector<Row> rows_of(const std::string& text, const std::string& who, int ranks) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  Row row{.who = who, .name = {}, .ranks = ranks};
  while (lines >> row.name >> row.bytes >> row.median_us >> row.slow_us) rows.push_back(row);
  return rows;
}

/// Everything until the end of the other side.
std::string read_all(std::FILE* from) {
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), from)) {
    text.append(piece.data(), got);
  }
  return text;
}

/// One rank, whose `work` it is.
template <typename Work>
[[noreturn]] void live(const Membership& membership, const Work& work) {
  try {
    SeptetGroup group(membership);
    work(group);
    group.barrier();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", membership.rank, error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

template <typename Work>
void start_ranks(int ranks, const Work& work) {
  const Token token = random_token();
  std::fflush(nullptr);  // Or the ranks would print it again.
  for (int rank = 0; rank < ranks; ++rank) {
    if (::fork() == 0) live({.token = token, .rank = rank, .ranks = ranks, .slice = ""}, work);
  }
}

std::vector<Row> measure_septet(int ranks) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  start_ranks(ranks, [&](SeptetGroup& group) {
    ::dup2(ends[1], STDOUT_FILENO);
    Cases(group).run();
  });
  ::close(ends[1]);
  std::FILE* const answers = ::fdopen(ends[0], "r");
  const auto text = read_all(answers);
  std::fclose(answers);
  while (::wait(nullptr) > 0) {
  }
  return rows_of(text, "septet", ranks);
}

std::vector<Row> measure_mpi(int ranks) {
#ifdef SEPTET_MPI_COLLECTIVES
  std::fflush(nullptr);
  const std::string command = "mpirun --allow-run-as-root --oversubscribe -n " +
                              std::to_string(ranks) + " " SEPTET_MPI_COLLECTIVES;
  std::FILE* const answers = ::popen(command.c_str(), "r");
  if (answers == nullptr) throw std::runtime_error("no mpirun");
  const auto text = read_all(answers);
  ::pclose(answers);
  return rows_of(text, "mpi", ranks);
#else
  return rows_of({}, "mpi", ranks);
#endif
}

void print(const Row& row) {
  std::printf("%-8s %-11s %5d %10.0f %12.1f %12.1f %8.2f %8.2f\n", row.who.c_str(),
              row.name.c_str(), row.ranks, row.bytes, row.median_us, row.slow_us,
              row.algorithm_gbs(), row.bus_gbs());
  std::fflush(stdout);
}

void write_json(const std::string& file, const std::vector<Row>& rows) {
  std::ofstream json(file);
  const char* separator = "{\"benchmarks\": [\n";
  for (const auto& row : rows) {
    json << separator << R"({"name": ")" << row.who << '/' << row.name << '/' << row.ranks << '/'
         << static_cast<long>(row.bytes) << R"(", "real_time": )" << row.median_us
         << R"(, "time_unit": "us", "p99_us": )" << row.slow_us << R"(, "algbw_gbs": )"
         << row.algorithm_gbs() << R"(, "busbw_gbs": )" << row.bus_gbs() << "}";
    separator = ",\n";
  }
  json << "]}\n";
}

void run(const std::string& json) {
  std::printf("%-8s %-11s %5s %10s %12s %12s %8s %8s\n", "who", "operation", "ranks", "bytes",
              "median us", "p99 us", "algbw", "busbw");
  std::vector<Row> all;
  for (const int ranks : {2, 4}) {
    for (auto* measure : {measure_septet, measure_mpi}) {
      for (const auto& row : measure(ranks)) print(all.emplace_back(row));
    }
  }
  if (!json.empty()) write_json(json, all);
}

/// Returns when all ranks have ended.
void obey(const std::string& folder, int ranks) {
  start_ranks(ranks, [&](SeptetGroup& group) {
    take_core(group.rank());
    serve(group, folder);
  });
  while (::wait(nullptr) > 0) {
  }
}

/// What follows `option` in the words of the command line; empty: it is not there.
std::string value_of(std::string_view option, std::span<char*> words) {
  for (const std::string_view word : words) {
    if (word.starts_with(option)) return std::string(word.substr(option.size()));
  }
  return {};
}

}  // namespace
}  // namespace septet::bench

int main(int argc, char** argv) {
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  const auto folder = septet::bench::value_of("--orders=", words);
  if (!folder.empty()) {
    septet::bench::obey(folder, std::stoi(septet::bench::value_of("--ranks=", words)));
  } else {
    septet::bench::run(septet::bench::value_of("--benchmark_out=", words));
  }
}
