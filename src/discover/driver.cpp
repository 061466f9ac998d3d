// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "discover/mps_driver.hpp"
#include "discover/nvml_driver.hpp"
#include "discover/simulated_driver.hpp"
#include "discover/smi_text.hpp"
#include "discover/visible.hpp"
#include <septet/driver.hpp>
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace septet {
namespace {

/// What `rule` leaves of another driver's host.
class Narrowed final : public Driver {
 public:
  using Rule = std::function<Host(Host, const Environment&)>;

  Narrowed(std::unique_ptr<Driver> whole, Environment environment, Rule rule)
      : whole_(std::move(whole)), environment_(std::move(environment)), rule_(std::move(rule)) {}

  Host survey() override { return rule_(whole_->survey(), environment_); }

 private:
  std::unique_ptr<Driver> whole_;
  Environment environment_;
  Rule rule_;
};

/// The GPUs that this process may use. A lease is exact, and narrower than any variable.
std::unique_ptr<Driver> open_gpus(const Environment& environment) {
  if (!environment.get_or("SEPTET_SLICES", "").empty()) return open_nvml();
  const auto rule = [place = current_place(environment)](Host host, const Environment& variables) {
    return visible_part(std::move(host), variables, place);
  };
  return std::make_unique<Narrowed>(open_nvml(), environment, rule);
}

/// What follows `scheme`, if `devices` begins with it.
std::optional<std::string_view> after(std::string_view scheme, std::string_view devices) {
  if (!devices.starts_with(scheme)) return {};
  return devices.substr(scheme.size());
}

std::unique_ptr<Driver> open_source(std::string_view devices, const Environment& environment) {
  if (devices == "auto" || devices == "nvml") return open_gpus(environment);
  if (const auto spec = after("sim:", devices)) return open_simulated(*spec);
  if (const auto file = after("smi:", devices)) return open_smi_text(*file);
  if (const auto text = after("mps:", devices)) {
    const auto parts = parse_number<int>(*text);
    if (parts && *parts > 0) return open_mps(*parts, open_gpus(environment));
  }
  throw Error(ErrorKind::argument,
              "--devices \"" + std::string(devices) +
                  "\" is no source: write auto, nvml, mps:N (N from 1), sim:SPEC or smi:FILE");
}

}  // namespace

std::unique_ptr<Driver> open_driver(std::string_view devices, const Environment& environment) {
  return std::make_unique<Narrowed>(open_source(devices, environment), environment, leased_part);
}

}  // namespace septet
