// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_store.hpp"

#include "base/file.hpp"
#include "discover/simulated_state.hpp"
#include "discover/spec.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace septet::simulated {
namespace {

using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    replace_file(file_, write_state(parse_spec("a100-40gb:empty")));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void add_slice(World& world) {
    auto& gpu = world.gpus.front();
    create_gpu_instance(gpu, *find_profile(*gpu.model, "1g.5gb"));
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("store_test." + std::to_string(::getpid()));
  const std::filesystem::path file_ = folder_ / "host.json";
};

TEST_F(StoreTest, AChangeIsSeenByOthersAtOnce) {
  Store mine(file_.string());
  Store theirs("@" + file_.string());
  theirs.update(add_slice);
  EXPECT_EQ(mine.read().gpus.front().instances.size(), 1U);
  mine.update(add_slice);
  EXPECT_EQ(theirs.read().gpus.front().instances.size(), 2U);
}

TEST_F(StoreTest, AChangeThatThrowsIsNone) {
  Store store(file_.string());
  EXPECT_THROW(store.update([](World& world) {
    add_slice(world);
    throw std::runtime_error("changed my mind");
  }),
               std::runtime_error);
  EXPECT_TRUE(store.read().gpus.front().instances.empty());
}

TEST_F(StoreTest, ProcessesThatChangeItSideBySideLoseNothing) {
  constexpr int writers = 7;
  for (int i = 0; i < writers; ++i) {
    if (::fork() != 0) continue;
    Store(file_.string()).update(add_slice);
    ::_exit(0);
  }
  for (int i = 0; i < writers; ++i) ::wait(nullptr);
  EXPECT_EQ(open_world(file_.string()).gpus.front().instances.size(), 7U);
}

TEST_F(StoreTest, WithoutAFileTheWorldIsInTheObject) {
  Store store("a100-40gb:empty");
  store.update(add_slice);
  EXPECT_EQ(store.read().gpus.front().instances.size(), 1U);
}

TEST_F(StoreTest, AFileThatIsMissingOrWrongIsNamed) {
  EXPECT_THROW(static_cast<void>(open_world("/no/such/host.json")), Error);
  replace_file(file_, "{}");
  try {
    static_cast<void>(open_world(file_.string()));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(file_.string()));
  }
}

}  // namespace
}  // namespace septet::simulated
