// SPDX-License-Identifier: Apache-2.0
// NCCL's interface to its settings, since 2.30.
#pragma once

#include "communicate/abi/nccl.hpp"

// NOLINTBEGIN(readability-identifier-naming): the names are NCCL's.

#pragma GCC visibility push(default)
extern "C" {

ncclResult_t ncclParamBind(ncclParamHandle_t* handle, const char* key);
ncclResult_t ncclParamGetI8(ncclParamHandle_t handle, std::int8_t* value);
ncclResult_t ncclParamGetI16(ncclParamHandle_t handle, std::int16_t* value);
ncclResult_t ncclParamGetI32(ncclParamHandle_t handle, std::int32_t* value);
ncclResult_t ncclParamGetI64(ncclParamHandle_t handle, std::int64_t* value);
ncclResult_t ncclParamGetU8(ncclParamHandle_t handle, std::uint8_t* value);
ncclResult_t ncclParamGetU16(ncclParamHandle_t handle, std::uint16_t* value);
ncclResult_t ncclParamGetU32(ncclParamHandle_t handle, std::uint32_t* value);
ncclResult_t ncclParamGetU64(ncclParamHandle_t handle, std::uint64_t* value);
ncclResult_t ncclParamGetStr(ncclParamHandle_t handle, const char** value);
ncclResult_t ncclParamGet(ncclParamHandle_t handle, void* value, int longest, int* length);
ncclResult_t ncclParamGetParameter(const char* key, const char** value, int* length);
ncclResult_t ncclParamGetAllParameterKeys(const char*** keys, int* count);
void ncclParamDumpAll();

}  // extern "C"
#pragma GCC visibility pop
// NOLINTEND(readability-identifier-naming)
