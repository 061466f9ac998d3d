// SPDX-License-Identifier: Apache-2.0
// A libcuda.so.1 for tests. FAKE_CUDA holds its devices, "NAME|MIB|SMS|UUID" joined by ";", with
// the digits of the UUID in a row; or a number, with which cuInit fails.
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int no_device = 100;
constexpr std::size_t mebibyte = std::size_t{1} << 20U;

std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string piece; std::getline(stream, piece, separator);) all.push_back(piece);
  return all;
}

std::string script() {
  const char* const text = std::getenv("FAKE_CUDA");
  return text == nullptr ? "" : text;
}

/// The fields of one device: name, MiB, SMs, digits of the UUID.
std::vector<std::string> device(int ordinal) {
  return pieces(pieces(script(), ';').at(static_cast<std::size_t>(ordinal)), '|');
}

int number(const std::string& text) { return std::stoi(text); }

}  // namespace

// The names and types are those of cuda.h.
#pragma GCC visibility push(default)
// NOLINTBEGIN(readability-identifier-naming): the names are CUDA's.
extern "C" {

int cuInit(unsigned) {
  if (script().empty()) return no_device;
  return script().find('|') == std::string::npos ? number(script()) : 0;
}

int cuDriverGetVersion(int* version) {
  *version = 13000;
  return 0;
}

int cuGetErrorString(int result, const char** text) {
  *text = result == no_device ? "no CUDA-capable device is detected" : nullptr;
  return result == no_device ? 0 : 1;
}

int cuDeviceGetCount(int* count) {
  *count = static_cast<int>(pieces(script(), ';').size());
  return 0;
}

int cuDeviceGet(int* result, int ordinal) {
  *result = ordinal;
  return 0;
}

int cuDeviceGetName(char* text, int size, int ordinal) {
  std::strncpy(text, device(ordinal).at(0).c_str(), static_cast<std::size_t>(size));
  return 0;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int ordinal) {
  *bytes = static_cast<std::size_t>(number(device(ordinal).at(1))) * mebibyte;
  return 0;
}

int cuDeviceGetAttribute(int* value, int, int ordinal) {
  *value = number(device(ordinal).at(2));
  return 0;
}

int cuDeviceGetUuid_v2(std::array<unsigned char, 16>* uuid, int ordinal) {
  const auto digits = device(ordinal).at(3);
  for (std::size_t i = 0; i < uuid->size(); ++i) {
    uuid->at(i) = static_cast<unsigned char>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
  }
  return 0;
}

int cuDevicePrimaryCtxRetain(void** context, int ordinal) {
  static std::array<int, 8> contexts{};
  contexts.at(static_cast<std::size_t>(ordinal)) = ordinal;
  *context = &contexts.at(static_cast<std::size_t>(ordinal));
  return 0;
}

int cuDevicePrimaryCtxRelease_v2(int) { return 0; }

int cuCtxSetCurrent(void*) { return 0; }

/// Every context has 1 GiB, of which half is free: as an MPS limit would show.
int cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  *free = 512 * mebibyte;
  *total = 1024 * mebibyte;
  return 0;
}
}
// NOLINTEND(readability-identifier-naming)
#pragma GCC visibility pop
