// SPDX-License-Identifier: Apache-2.0
#include "base/this_host.hpp"

#include "base/file.hpp"
#include "base/mixer.hpp"
#include "base/text.hpp"

#include <sys/utsname.h>

#include <optional>
#include <string>

namespace septet {
namespace {

std::string host_name() {
  utsname names{};
  ::uname(&names);
  return names.nodename;
}

}  // namespace

std::uint64_t this_host() {
  const auto boot = try_read_file("/proc/sys/kernel/random/boot_id");
  Mixer mixer;
  mixer.add(boot ? std::string(trim(*boot)) : host_name());
  return mixer.bits()[0] | 1U;
}

}  // namespace septet
