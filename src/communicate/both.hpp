// SPDX-License-Identifier: Apache-2.0
// The only macros of this stage: they mark what is compiled twice, for host threads and for CUDA
// thread blocks, keep the device's code small, and say of a loop that no turn needs another one's
// outcome. The language has no other spelling for them.
#pragma once

#ifdef __CUDACC__
#define SEPTET_BOTH __host__ __device__
#define SEPTET_OUT_OF_LINE __noinline__
#else
#define SEPTET_BOTH
#define SEPTET_OUT_OF_LINE
#endif

#ifdef __CUDA_ARCH__
#define SEPTET_ROLLED _Pragma("unroll 1")
#else
#define SEPTET_ROLLED
#endif

#ifdef __clang__
#define SEPTET_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define SEPTET_INDEPENDENT _Pragma("GCC ivdep")
#endif
