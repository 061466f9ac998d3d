// SPDX-License-Identifier: Apache-2.0
// Somebody else's audit library: it has requests for libother.so answered with SEPTET_TEST_OTHER.
#include <link.h>

#include <cstdlib>
#include <cstring>

extern "C" {

[[gnu::visibility("default")]] unsigned la_version(unsigned version) { return version; }

[[gnu::visibility("default")]] char* la_objsearch(const char* name, uintptr_t*, unsigned) {
  const bool other = std::strcmp(name, "libother.so") == 0;
  return other ? std::getenv("SEPTET_TEST_OTHER") : const_cast<char*>(name);
}
}
