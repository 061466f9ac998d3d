// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/instructions.hpp"

namespace septet {
namespace {

bool has_avx2() noexcept {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
#else
  return false;
#endif
}

bool has_avx512() noexcept {
#ifdef __x86_64__
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

}  // namespace

std::string_view name_of(Instructions instructions) noexcept {
  switch (instructions) {
    case Instructions::any:
      return "any";
    case Instructions::avx2:
      return "avx2";
    case Instructions::avx512:
      return "avx512";
  }
  return "unknown";
}

bool is_supported(Instructions instructions) noexcept {
  switch (instructions) {
    case Instructions::any:
      return true;
    case Instructions::avx2:
      return has_avx2();
    case Instructions::avx512:
      return has_avx512();
  }
  return false;
}

Instructions fastest_instructions() noexcept {
  if (has_avx512()) return Instructions::avx512;
  return has_avx2() ? Instructions::avx2 : Instructions::any;
}

}  // namespace septet
