// SPDX-License-Identifier: Apache-2.0
// Prints the version of the NCCL that the library named by its argument is, or was linked with.
#include <dlfcn.h>

#include <cstdio>

namespace {

int version_of(void* library) {
  if (auto* const client = ::dlsym(library, "toy_version")) {
    return reinterpret_cast<int (*)()>(client)();
  }
  int version = 0;
  if (auto* const nccl = ::dlsym(library, "ncclGetVersion")) {
    reinterpret_cast<int (*)(int*)>(nccl)(&version);
  }
  return version;
}

}  // namespace

int main(int count, char** words) {
  void* const library = count == 2 ? ::dlopen(words[1], RTLD_NOW) : nullptr;
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", count == 2 ? ::dlerror() : "usage: toy_program LIBRARY");
    return 1;
  }
  std::printf("%d\n", version_of(library));
  return 0;
}
