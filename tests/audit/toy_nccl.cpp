// SPDX-License-Identifier: Apache-2.0
// A libnccl.so.2 that knows its version and nothing else.
extern "C" [[gnu::visibility("default")]] int ncclGetVersion(int* version) {
  *version = TOY_VERSION;
  return 0;
}
