// SPDX-License-Identifier: Apache-2.0
// The one macro of this stage: marks what is compiled twice, for host threads and for CUDA thread
// blocks. The language has no other spelling for it.
#pragma once

#ifdef __CUDACC__
#define SEPTET_BOTH __host__ __device__
#else
#define SEPTET_BOTH
#endif
