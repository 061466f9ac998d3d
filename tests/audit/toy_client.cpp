// SPDX-License-Identifier: Apache-2.0
// A library that is linked with NCCL, as libtorch_cuda.so is.
extern "C" int ncclGetVersion(int* version);

extern "C" [[gnu::visibility("default")]] int toy_version() {
  int version = 0;
  ncclGetVersion(&version);
  return version;
}
