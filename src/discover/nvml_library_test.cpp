// SPDX-License-Identifier: Apache-2.0
#include "discover/nvml_library.hpp"

#include "discover/fake_nvml.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>

namespace septet::nvml {
namespace {

using testing::HasSubstr;

std::string refusal_of(Result answer) {
  FakeNvml world;
  world.init_answer = answer;
  const auto functions = world.functions();
  try {
    const Session session(functions);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_EQ(world.sessions, 0);
    return error.what();
  }
  return "";
}

TEST(NvmlSession, LastsAsLongAsItsObject) {
  FakeNvml world;
  const auto functions = world.functions();
  {
    const Session outer(functions);
    const Session inner(functions);
    EXPECT_EQ(world.sessions, 2);
  }
  EXPECT_EQ(world.sessions, 0);
}

TEST(NvmlSession, ThreadsOfTheLibraryTakeNoSignals) {
  FakeNvml world;
  auto functions = world.functions();
  bool takes_children = true;
  std::thread of_the_library;
  functions.init = [&] {
    of_the_library = std::thread([&] {
      sigset_t mask;
      ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
      takes_children = ::sigismember(&mask, SIGCHLD) == 0;
    });
    return Result::success;
  };
  {
    const Session session(functions);
  }
  of_the_library.join();
  EXPECT_FALSE(takes_children);
}

TEST(NvmlSession, RefusalCarriesItsRemedy) {
  EXPECT_THAT(refusal_of(Result::driver_not_loaded), HasSubstr("modprobe nvidia"));
  EXPECT_THAT(refusal_of(Result::lib_rm_version_mismatch), HasSubstr("reboot"));
  EXPECT_THAT(refusal_of(Result::library_not_found), HasSubstr("install"));
  EXPECT_THAT(refusal_of(Result::no_permission), HasSubstr("/dev/nvidiactl"));
  EXPECT_THAT(refusal_of(Result::unknown), HasSubstr("nvidia-smi"));
}

TEST(NvmlLibrary, CallThatALibraryLacksAnswersSo) {
  const Functions none;
  EXPECT_EQ(ask(none.init), Result::function_not_found);
  EXPECT_EQ(words_for(none, Result::gpu_is_lost), "NVML error 15");
}

TEST(NvmlLibrary, LibraryWithoutNvmlInItHasNoCalls) {
  // Any library that every program has.
  const Library other("libc.so.6");
  EXPECT_THROW(const Session session(other.functions()), Error);
}

}  // namespace
}  // namespace septet::nvml
