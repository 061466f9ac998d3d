// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/version.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

namespace septet::abi {
namespace {

constexpr int answered = 23007;

/// "2.30.7" of 23007. Source: NCCL_VERSION of NCCL's header, since 2.9.
std::string text_of_version(int number) {
  return std::to_string(number / 10000) + "." + std::to_string(number / 100 % 100) + "." +
         std::to_string(number % 100);
}

}  // namespace

int nccl_version(const Lookup& variables) {
  const auto wanted = variables("SEPTET_NCCL_VERSION");
  if (!wanted) return answered;
  const auto number = parse_number<int>(*wanted);
  if (number && *number >= 20000 && *number < 100000) return *number;
  throw Error(ErrorKind::argument,
              "SEPTET_NCCL_VERSION is \"" + *wanted + "\": give a number such as 22703 for 2.27.3");
}

std::string version_text() {
  return "Septet " SEPTET_VERSION " in place of NCCL version " + text_of_version(answered);
}

}  // namespace septet::abi
