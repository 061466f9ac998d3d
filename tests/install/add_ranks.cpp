// SPDX-License-Identifier: Apache-2.0
#include <septet/communicator.hpp>

#include <iostream>

/// Adds up the numbers of all ranks, and lets rank 0 say the sum.
int main() {
  septet::Communicator ranks(septet::membership_from_environment());
  int sum = ranks.rank();
  ranks.all_reduce(&sum, &sum, 1, septet::DataType::int32);
  if (ranks.rank() == 0) std::cout << sum << '\n';
  return 0;
}
