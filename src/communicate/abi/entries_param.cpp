// SPDX-License-Identifier: Apache-2.0
// Settings, and the log's being read anew.
#include "base/file.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/log.hpp"
#include "communicate/abi/nccl_entries.hpp"
#include "communicate/abi/parameters.hpp"
#include "communicate/abi/result_place.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <algorithm>
#include <concepts>
#include <cstring>
#include <string>
#include <vector>

namespace septet::abi {
namespace {

/// A caller keeps the pointer until this thread asks again, as NCCL's do.
const char* kept(std::string text) {
  thread_local std::string last;
  last = std::move(text);
  return last.c_str();
}

template <std::integral Number>
void get(ncclParamHandle_t handle, Number* value) {
  const auto& parameter = parameter_of(handle);
  auto& result = place(value);
  if constexpr (std::same_as<Number, std::int64_t>) {
    if (parameter.is_number) {
      result = number_of(parameter, variable);
      return;
    }
  }
  refuse_type(parameter, "a number of " + std::to_string(8 * sizeof result) + " bits, " +
                             (std::is_signed_v<Number> ? "signed" : "unsigned"));
}

const char* get_text(ncclParamHandle_t handle) {
  const auto& parameter = parameter_of(handle);
  if (parameter.is_number) refuse_type(parameter, "a text");
  return kept(text_of(parameter, variable));
}

/// The bytes of a number, or of a text with the zero at its end.
std::string bytes_of(const Parameter& parameter) {
  if (!parameter.is_number) return text_of(parameter, variable) + '\0';
  const auto number = number_of(parameter, variable);
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

void get_bytes(ncclParamHandle_t handle, void* value, int longest, int* length) {
  const auto bytes = bytes_of(parameter_of(handle));
  place(length) = 0;
  if (value == nullptr || longest < 0 || static_cast<std::size_t>(longest) < bytes.size()) {
    throw Error(ErrorKind::argument,
                "ncclParamGet: " + std::to_string(bytes.size()) + " bytes of room are needed");
  }
  std::memcpy(value, bytes.data(), bytes.size());
  *length = static_cast<int>(bytes.size());
}

void get_by_key(const char* key, const char** value, int* length) {
  place(value) = nullptr;
  place(length) = 0;
  const auto text = text_of(parameter_of(key), variable);
  *length = static_cast<int>(text.size());
  *value = kept(text);
}

void list_keys(const char*** keys, int* count) {
  static const std::vector<const char*> all = [] {
    std::vector<const char*> made;
    for (const auto& each : parameters()) made.push_back(each.key);
    return made;
  }();
  // Callers only read it; NCCL's declaration leaves out the const.
  place(keys) = const_cast<const char**>(all.data());
  place(count) = static_cast<int>(all.size());
}

}  // namespace
}  // namespace septet::abi

using septet::abi::get;
using septet::abi::guarded;
using septet::abi::place;

ncclResult_t ncclParamBind(ncclParamHandle_t* handle, const char* key) {
  return guarded([&] { place(handle) = handle_of(septet::abi::parameter_of(key)); });
}

ncclResult_t ncclParamGetI8(ncclParamHandle_t handle, std::int8_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetI16(ncclParamHandle_t handle, std::int16_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetI32(ncclParamHandle_t handle, std::int32_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetI64(ncclParamHandle_t handle, std::int64_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetU8(ncclParamHandle_t handle, std::uint8_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetU16(ncclParamHandle_t handle, std::uint16_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetU32(ncclParamHandle_t handle, std::uint32_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetU64(ncclParamHandle_t handle, std::uint64_t* value) {
  return guarded([&] { get(handle, value); });
}

ncclResult_t ncclParamGetStr(ncclParamHandle_t handle, const char** value) {
  return guarded([&] { place(value) = septet::abi::get_text(handle); });
}

ncclResult_t ncclParamGet(ncclParamHandle_t handle, void* value, int longest, int* length) {
  return guarded([&] { septet::abi::get_bytes(handle, value, longest, length); });
}

ncclResult_t ncclParamGetParameter(const char* key, const char** value, int* length) {
  return guarded([&] { septet::abi::get_by_key(key, value, length); });
}

ncclResult_t ncclParamGetAllParameterKeys(const char*** keys, int* count) {
  return guarded([&] { septet::abi::list_keys(keys, count); });
}

void ncclParamDumpAll() {
  (void)guarded([] {
    septet::write_all(STDOUT_FILENO, septet::abi::dump_of_parameters(septet::abi::variable));
  });
}

void ncclResetDebugInit() { septet::abi::reset_log(); }
