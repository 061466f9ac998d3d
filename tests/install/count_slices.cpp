// SPDX-License-Identifier: Apache-2.0
#include <septet/driver.hpp>
#include <septet/environment.hpp>
#include <septet/host.hpp>
#include <septet/launch.hpp>
#include <septet/plan.hpp>

#include <iostream>

/// Chooses four slices of a simulated host, and says how many there are to choose from.
int main() {
  const auto driver = septet::open_driver("sim:a100-40gb:7x1g.5gb", septet::Environment{});
  const auto host = driver->survey();
  const septet::Request four{.slices = 4};
  const auto plan = septet::choose(host, four, septet::Busy{});
  std::cout << (plan ? plan->slices.size() : 0) << " of " << septet::slices_of(host).size() << '\n';
  return plan ? 0 : 1;
}
