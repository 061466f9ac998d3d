// SPDX-License-Identifier: Apache-2.0
#include "cli/python_sight.hpp"

#include "base/text.hpp"
#include "cli/nccl_probe.hpp"
#include "launch/bridge.hpp"
#include <septet/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <utility>

namespace septet::cli {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> programs{"torch", "cupy", "jax", "xgboost", "vllm"};

/// To load torch from a slow network disk takes long.
constexpr std::chrono::seconds patience{60};

constexpr int first_nccl_that_shares = 23'000;

/// What a new process of `python` says of itself, or of one of its programs; null where it has not
/// got that. Libraries that crash end no other look than their own.
json ask(const std::string& python, const Environment& environment, std::string_view about) {
  Bridge bridge({.python = python,
                 .text = nccl_probe,
                 .whose = "a look at " + std::string(about),
                 .patience = patience},
                environment);
  return bridge.ask({{"about", about}}).at("sight");
}

ProgramSight sight_of(std::string_view name, const json& told) {
  ProgramSight sight{.name = std::string(name)};
  if (told.at("version").is_string()) sight.version = told.at("version");
  sight.way = told.at("way");
  sight.trouble = told.at("trouble");
  sight.libraries = told.at("libraries").get<std::vector<std::string>>();
  if (told.at("nccl_version").is_number()) sight.nccl_version = told.at("nccl_version").get<int>();
  return sight;
}

std::optional<ProgramSight> look_at(const std::string& python, const Environment& environment,
                                    std::string_view name) {
  try {
    const auto told = ask(python, environment, name);
    if (told.is_null()) return {};
    return sight_of(name, told);
  } catch (const Error& error) {
    return ProgramSight{.name = std::string(name), .trouble = error.what()};
  }
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code ignored;
  return one == other || std::filesystem::equivalent(one, other, ignored);
}

/// Why a Python that was to get Septet's library did not.
std::string reason_of(const PythonSight& python, const ProgramSight& program) {
  if (python.libc.empty()) return "its C library is not glibc, whose loader alone audits";
  if (python.secure) return "it has privileges of its own (set-uid, capabilities)";
  if (!python.audited) return "its loader did not take libseptet_audit.so";
  if (program.libraries.empty()) return "NCCL is linked into it";
  return "it loads " + join(program.libraries, " and ");
}

Verdict judge_own(int version, bool shared) {
  if (!shared) return {false, "its own"};
  if (version >= first_nccl_that_shares)
    return {false, "its own: --collectives=nccl tells it of slices"};
  return {true, "its own: refuses several ranks on one GPU before 2.30"};
}

}  // namespace

PythonSight look_at_python(const std::string& python, const Environment& environment) {
  const auto self = ask(python, environment, "python");
  PythonSight sight{.path = self.at("path"),
                    .version = self.at("version"),
                    .libc = self.at("libc"),
                    .secure = self.at("secure"),
                    .audited = self.at("audited"),
                    .programs = {}};
  for (const auto name : programs) {
    if (auto found = look_at(python, environment, name))
      sight.programs.push_back(std::move(*found));
  }
  return sight;
}

Verdict judge(const PythonSight& python, const ProgramSight& program, const std::string& wanted,
              bool shared) {
  if (!program.trouble.empty()) return {true, "cannot load it: " + program.trouble};
  if (!program.nccl_version && program.libraries.empty()) return {false, "has no NCCL"};
  if (wanted.empty()) return judge_own(program.nccl_version.value_or(0), shared);
  const bool ours =
      program.libraries.size() == 1 && is_same_file(program.libraries.front(), wanted);
  if (ours) return {false, "Septet's"};
  return {true, "not Septet's: " + reason_of(python, program)};
}

std::string nccl_version_text(int version) {
  // Source: NCCL_VERSION in nccl.h; up to 2.8 the minor version took one digit less.
  const int unit = version < 10'000 ? 1'000 : 10'000;
  return fmt::format("{}.{}.{}", version / unit, version % unit / 100, version % 100);
}

}  // namespace septet::cli
