// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "base/text.hpp"
#include "discover/nvml_abi.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

namespace septet::nvml {
namespace {

using testing::Contains;
using testing::Each;
using testing::IsEmpty;

/// The library, loaded anew for each test, and its host.
class StandinTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("SEPTET_SIMULATE", "a100-40gb:7x1g.5gb+h100:empty", 1);
    ::setenv("SEPTET_SIMULATE_UID", "0", 1);
    library_ = ::dlopen(SEPTET_STANDIN, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << ::dlerror();
  }
  void TearDown() override { ::dlclose(library_); }

  void init_as(const char* uid) {
    ::setenv("SEPTET_SIMULATE_UID", uid, 1);
    ASSERT_EQ(call("nvmlInit_v2"), Result::success);
  }

  template <typename... Arguments>
  Result call(const std::string& name, Arguments... arguments) {
    auto* entry = reinterpret_cast<Result (*)(Arguments...)>(::dlsym(library_, name.c_str()));
    if (entry == nullptr) throw std::runtime_error("no entry " + name);
    return entry(arguments...);
  }

  /// Every argument null or 0, and more of them than any entry has.
  Result call_with_nothing(const std::string& name) {
    void* const no = nullptr;
    return call(name, no, no, no, no, no, no, no, no);
  }

  Device gpu(unsigned index) {
    Device device = nullptr;
    EXPECT_EQ(call("nvmlDeviceGetHandleByIndex_v2", index, &device), Result::success);
    return device;
  }

  Device mig(unsigned index) {
    Device device = nullptr;
    EXPECT_EQ(call("nvmlDeviceGetMigDeviceHandleByIndex", gpu(0), index, &device), Result::success);
    return device;
  }

  void* library_ = nullptr;
};

std::set<std::string> symbols_in_map() {
  std::set<std::string> names;
  const auto text = read_file(SEPTET_SYMBOLS);
  for (const auto line : split(text, '\n')) {
    const auto word = trim(line);
    if (word.starts_with("nvml")) names.emplace(word.substr(0, word.size() - 1));
  }
  return names;
}

std::set<std::string> exported_symbols() {
  std::set<std::string> names;
  FILE* listing = ::popen("nm -D --defined-only " SEPTET_STANDIN, "r");
  std::array<char, 512> line{};
  while (std::fgets(line.data(), line.size(), listing) != nullptr) {
    const auto words = split(trim(line.data()), ' ');
    names.emplace(words.back());
  }
  EXPECT_EQ(::pclose(listing), 0);
  return names;
}

/// Entries that answer without a session, or without an argument that could be wrong.
bool is_free(const std::string& name) {
  return name == "nvmlErrorString" || name.starts_with("nvmlInit");
}

TEST_F(StandinTest, ExportsWhatTheMapListsAndNothingElse) {
  EXPECT_GT(symbols_in_map().size(), 100U);
  EXPECT_EQ(exported_symbols(), symbols_in_map());
}

TEST_F(StandinTest, EveryEntryIsUninitializedBeforeInit) {
  for (const auto& name : symbols_in_map()) {
    if (is_free(name)) continue;
    EXPECT_EQ(call_with_nothing(name), Result::uninitialized) << name;
  }
}

TEST_F(StandinTest, EveryEntryRefusesNullPointers) {
  init_as("0");
  for (const auto& name : symbols_in_map()) {
    if (is_free(name) || name == "nvmlShutdown") continue;
    EXPECT_EQ(call_with_nothing(name), Result::invalid_argument) << name;
  }
}

TEST_F(StandinTest, EveryDeviceEntryRefusesAHandleThatNeverWas) {
  init_as("0");
  std::array<std::uint64_t, 64> room{};
  void* const wrong = room.data();
  void* const out = room.data() + 32;
  for (const auto& name : symbols_in_map()) {
    if (!name.starts_with("nvmlDevice") || name.find("Handle") != std::string::npos) continue;
    if (name.starts_with("nvmlDeviceGetCount")) continue;
    EXPECT_EQ(call(name, wrong, out, out, out, out, out), Result::invalid_argument) << name;
  }
}

TEST_F(StandinTest, WithoutAHostThereIsNoDriver) {
  ::unsetenv("SEPTET_SIMULATE");
  EXPECT_EQ(call("nvmlInit_v2"), Result::driver_not_loaded);
  ::setenv("SEPTET_SIMULATE", "a100-41gb", 1);
  EXPECT_EQ(call("nvmlInit_v2"), Result::unknown);
}

TEST_F(StandinTest, SessionsAreCounted) {
  init_as("0");
  init_as("0");
  unsigned count = 0;
  EXPECT_EQ(call("nvmlShutdown"), Result::success);
  EXPECT_EQ(call("nvmlDeviceGetCount_v2", &count), Result::success);
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(call("nvmlShutdown"), Result::success);
  EXPECT_EQ(call("nvmlDeviceGetCount_v2", &count), Result::uninitialized);
}

TEST_F(StandinTest, AGpuIsFoundByEveryNameThatItHas) {
  init_as("0");
  PciInfo pci{};
  std::array<char, 80> serial{};
  ASSERT_EQ(call("nvmlDeviceGetPciInfo_v3", gpu(1), &pci), Result::success);
  ASSERT_EQ(call("nvmlDeviceGetSerial", gpu(1), serial.data(), 80U), Result::success);
  const auto found_by = [this](const char* entry, const char* name) {
    Device device = nullptr;
    call(entry, name, &device);
    return device;
  };
  EXPECT_EQ(found_by("nvmlDeviceGetHandleByPciBusId_v2", pci.bus_id), gpu(1));
  EXPECT_EQ(found_by("nvmlDeviceGetHandleByPciBusId_v2", pci.bus_id_legacy), gpu(1));
  EXPECT_EQ(found_by("nvmlDeviceGetHandleByPciBusId_v2", "0f:00.0"), gpu(1));
  EXPECT_EQ(found_by("nvmlDeviceGetHandleByPciBusId_v2", "0"), nullptr);
  EXPECT_EQ(found_by("nvmlDeviceGetHandleBySerial", serial.data()), gpu(1));
}

TEST_F(StandinTest, StructsOfAnotherVersionAreRefused) {
  init_as("0");
  MemoryV2 memory{};
  memory.version = version_of<MemoryV2>(3);
  EXPECT_EQ(call("nvmlDeviceGetMemoryInfo_v2", mig(0), &memory), Result::argument_version_mismatch);
  memory.version = version_of<MemoryV2>(2);
  EXPECT_EQ(call("nvmlDeviceGetMemoryInfo_v2", mig(0), &memory), Result::success);
  EXPECT_EQ(memory.total, std::uint64_t{4864} << 20);

  GpuInstanceProfileInfoV3 info{};
  info.version = version_of<GpuInstanceProfileInfoV2>(2) + 1;
  EXPECT_EQ(call("nvmlDeviceGetGpuInstanceProfileInfoV", gpu(0), 0U, &info),
            Result::argument_version_mismatch);
  info.version = version_of<GpuInstanceProfileInfoV3>(3);
  EXPECT_EQ(call("nvmlDeviceGetGpuInstanceProfileInfoV", gpu(0), 0U, &info), Result::success);
  EXPECT_EQ(info.id, 19U);
  EXPECT_STREQ(info.name, "MIG 1g.5gb");
}

TEST_F(StandinTest, ProfilesThatABoardLacksAreNotSupportedAndUnknownOnesInvalid) {
  init_as("1000");
  GpuInstanceProfileInfo info{};
  const auto ask = [&](unsigned kind) {
    return call("nvmlDeviceGetGpuInstanceProfileInfo", gpu(0), kind, &info);
  };
  EXPECT_EQ(ask(4), Result::success);
  EXPECT_EQ(info.multiprocessors, 98U);
  EXPECT_EQ(ask(5), Result::not_supported);
  EXPECT_EQ(ask(gpu_instance_profile_count), Result::invalid_argument);
}

TEST_F(StandinTest, ListsTellTheRoomTheyNeed) {
  init_as("0");
  unsigned count = 3;
  std::array<Placement, 7> places{};
  const std::string entry = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
  EXPECT_EQ(call(entry, gpu(0), 19U, places.data(), &count), Result::insufficient_size);
  EXPECT_EQ(count, 7U);
  EXPECT_EQ(call(entry, gpu(0), 19U, places.data(), &count), Result::success);
  EXPECT_EQ(places[6].start, 6U);
}

TEST_F(StandinTest, TextThatDoesNotFitIsNotCut) {
  init_as("0");
  std::array<char, 80> name{};
  EXPECT_EQ(call("nvmlDeviceGetName", gpu(0), name.data(), 21U), Result::insufficient_size);
  EXPECT_EQ(call("nvmlDeviceGetName", gpu(0), name.data(), 22U), Result::success);
  EXPECT_STREQ(name.data(), "NVIDIA A100-SXM4-40GB");
}

TEST_F(StandinTest, APlainUserSeesSlicesAndChangesNothing) {
  init_as("1000");
  Memory memory{};
  EXPECT_EQ(call("nvmlDeviceGetMemoryInfo", mig(0), &memory), Result::success);
  EXPECT_EQ(call("nvmlDeviceGetMemoryInfo", gpu(0), &memory), Result::no_permission);
  unsigned count = 0;
  ProcessInfo* none = nullptr;
  EXPECT_EQ(call("nvmlDeviceGetComputeRunningProcesses_v3", mig(0), &count, none), Result::success);
  EXPECT_EQ(call("nvmlDeviceGetComputeRunningProcesses_v3", gpu(0), &count, none),
            Result::no_permission);
  Result activation{};
  EXPECT_EQ(call("nvmlDeviceSetMigMode", gpu(1), mig_off, &activation), Result::no_permission);
  GpuInstance instance = nullptr;
  EXPECT_EQ(call("nvmlDeviceCreateGpuInstance", gpu(1), 19U, &instance), Result::no_permission);
}

TEST_F(StandinTest, MigHandlesSayWhatTheyCannotTell) {
  init_as("0");
  Utilization utilization{};
  EXPECT_EQ(call("nvmlDeviceGetUtilizationRates", mig(0), &utilization), Result::not_supported);
  unsigned number = 0;
  EXPECT_EQ(call("nvmlDeviceGetNumGpuCores", mig(0), &number), Result::not_supported);
  EXPECT_EQ(call("nvmlDeviceGetGpuInstanceId", gpu(0), &number), Result::not_supported);
}

TEST_F(StandinTest, AHandleOfADestroyedInstanceIsInvalid) {
  init_as("0");
  GpuInstance instance = nullptr;
  ASSERT_EQ(call("nvmlDeviceCreateGpuInstance", gpu(1), 9U, &instance), Result::success);
  GpuInstanceInfo info{};
  ASSERT_EQ(call("nvmlGpuInstanceGetInfo", instance, &info), Result::success);
  EXPECT_EQ(info.profile_id, 9U);
  EXPECT_EQ(info.placement.start, 4U);
  EXPECT_EQ(call("nvmlGpuInstanceDestroy", instance), Result::success);
  EXPECT_EQ(call("nvmlGpuInstanceGetInfo", instance, &info), Result::invalid_argument);
}

TEST_F(StandinTest, ThreadsMayCallSideBySide) {
  init_as("0");
  const auto work = [this] {
    for (int round = 0; round < 50; ++round) {
      GpuInstance instance = nullptr;
      // All threads want room on one GPU: some are told that there is none.
      const auto made = call("nvmlDeviceCreateGpuInstance", gpu(1), 14U, &instance);
      if (made == Result::success) {
        EXPECT_EQ(call("nvmlGpuInstanceDestroy", instance), Result::success);
      } else {
        EXPECT_EQ(made, Result::insufficient_resources);
      }
      std::array<char, 80> uuid{};
      EXPECT_EQ(call("nvmlDeviceGetUUID", mig(3), uuid.data(), uuid_size), Result::success);
    }
  };
  std::array<std::thread, 6> threads;
  for (auto& thread : threads) thread = std::thread(work);
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace septet::nvml
