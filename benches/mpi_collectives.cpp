// SPDX-License-Identifier: Apache-2.0
// The cases of collectives_bench, done by MPI. It starts this program under mpirun; so does
// scripts/bench-host, with the folder of its orders.
#include "collective_cases.hpp"
#include "orders.hpp"

#include <mpi.h>

namespace septet::bench {
namespace {

class MpiGroup : public Group {
 public:
  MpiGroup() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  void barrier() override { MPI_Barrier(MPI_COMM_WORLD); }
  void all_reduce(const float* send, float* recv, std::size_t count) override {
    MPI_Allreduce(send, recv, static_cast<int>(count), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  }
  void broadcast(float* buffer, std::size_t count) override {
    MPI_Bcast(buffer, static_cast<int>(count), MPI_FLOAT, 0, MPI_COMM_WORLD);
  }
  void all_gather(const float* send, float* recv, std::size_t count) override {
    const auto each = static_cast<int>(count);
    MPI_Allgather(send, each, MPI_FLOAT, recv, each, MPI_FLOAT, MPI_COMM_WORLD);
  }
  void all_to_all(const float* send, float* recv, std::size_t count) override {
    const auto each = static_cast<int>(count);
    MPI_Alltoall(send, each, MPI_FLOAT, recv, each, MPI_FLOAT, MPI_COMM_WORLD);
  }
  void send(const float* buffer, std::size_t count, int peer) override {
    MPI_Send(buffer, static_cast<int>(count), MPI_FLOAT, peer, 0, MPI_COMM_WORLD);
  }
  void recv(float* buffer, std::size_t count, int peer) override {
    MPI_Recv(buffer, static_cast<int>(count), MPI_FLOAT, peer, 0, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
  }

 private:
  int rank_ = 0;
  int size_ = 0;
};

}  // namespace
}  // namespace septet::bench

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  septet::bench::MpiGroup group;
  if (argc > 1) {
    septet::bench::take_core(group.rank());
    septet::bench::serve(group, argv[1]);
  } else {
    septet::bench::Cases(group).run();
  }
  MPI_Finalize();
}
