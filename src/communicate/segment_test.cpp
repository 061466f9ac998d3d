// SPDX-License-Identifier: Apache-2.0
#include "communicate/segment.hpp"

#include "base/test_folder.hpp"
#include "communicate/shared_file.hpp"
#include "communicate/test_process.hpp"
#include <septet/error.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace septet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t some_bytes = 3 * 4096 + 1;

/// What the Error `system` says that `make` throws.
template <typename Make>
std::string refusal(Make make) {
  try {
    (void)make();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::system);
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Segment, IsZeroedAndSharedWithWhoAdoptsIt) {
  const auto made = Segment::create(some_bytes, {});
  ASSERT_EQ(made.bytes().size(), some_bytes);
  EXPECT_TRUE(std::ranges::all_of(made.bytes(), [](std::byte b) { return b == std::byte{0}; }));

  const auto adopted = Segment::adopt(UniqueFd(::dup(made.descriptor())), some_bytes);
  made.bytes().back() = std::byte{7};
  EXPECT_EQ(adopted.bytes().back(), std::byte{7});
  EXPECT_NE(adopted.bytes().data(), made.bytes().data());
}

TEST(Segment, OutlivesItsMaker) {
  auto made = Segment::create(some_bytes, {});
  made.bytes().front() = std::byte{9};
  const UniqueFd kept(::dup(made.descriptor()));
  {
    const auto gone = std::move(made);
  }
  const auto adopted = Segment::adopt(UniqueFd(::dup(kept.get())), some_bytes);
  EXPECT_EQ(adopted.bytes().front(), std::byte{9});
}

TEST(Segment, CanBeMovedAndMovedOver) {
  auto one = Segment::create(4096, {});
  auto other = Segment::create(8192, {});
  other.bytes().front() = std::byte{1};
  one = std::move(other);
  EXPECT_EQ(one.bytes().size(), 8192U);
  EXPECT_EQ(one.bytes().front(), std::byte{1});
}

TEST(Segment, ClosesOnExecAndCannotBeCut) {
  const auto made = Segment::create(some_bytes, {});
  EXPECT_NE(::fcntl(made.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(::ftruncate(made.descriptor(), 1), -1);
}

TEST(Segment, TooSmallIsNotAdopted) {
  const auto made = Segment::create(4096, {});
  EXPECT_THAT(refusal([&] { return Segment::adopt(UniqueFd(::dup(made.descriptor())), 4097); }),
              AllOf(HasSubstr("4096 bytes"), HasSubstr("4097")));
}

TEST(Segment, WhatIsNoMemoryIsNotAdopted) {
  EXPECT_THAT(refusal([] { return Segment::adopt(UniqueFd(), 4096); }),
              HasSubstr("Bad file descriptor"));
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  const UniqueFd other_end(pipe[1]);
  EXPECT_THAT(refusal([&] { return Segment::adopt(UniqueFd(pipe[0]), 1); }), HasSubstr("0 bytes"));
}

TEST(Segment, LargerThanAllMemoryIsRefusedByEveryPlaceWithItsBytes) {
  const TestFolder folder;
  const auto text = refusal([&] { return Segment::create(std::size_t{1} << 50U, folder.path()); });
  EXPECT_THAT(text, AllOf(HasSubstr("memory: needs 1 PiB (1125899906842624 bytes), available "),
                          HasSubstr("; /dev/shm: needs "),
                          HasSubstr("; " + folder.path().string() + ": needs "),
                          HasSubstr("SEPTET_MEETING_FOLDER")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Segment, OverTheLimitOfFileSizesIsAnErrorAndNoSignal) {
  EXPECT_EQ(status_of_child([] {
              const rlimit limit{.rlim_cur = 8192, .rlim_max = 8192};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              const auto text = refusal([] { return Segment::create(8193, {}); });
              return text.find("ulimit -f) is 8 KiB (8192 bytes)") != std::string::npos &&
                     Segment::create(8192, {}).bytes().size() == 8192;
            }),
            0);
}

TEST(SharedFile, InAFolderHasNoName) {
  const TestFolder folder;
  const auto file = make_unlinked_file(some_bytes, folder.path());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(Segment::adopt(UniqueFd(::dup(file.get())), some_bytes).bytes().size(), some_bytes);
  EXPECT_NE(::fcntl(file.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SharedFile, InNoFolderIsRefused) {
  EXPECT_THAT(refusal([] { return make_unlinked_file(1, "/nonexistent"); }),
              HasSubstr("No such file or directory"));
}

/// A tmpfs of 64 KiB over `folder`, seen by nobody else: false where that is not allowed.
bool mount_small_tmpfs(const std::filesystem::path& folder) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", folder.c_str(), "tmpfs", 0, "size=64k") == 0;
}

/// Whether `body` is content in a child where `folder` is a tmpfs of 64 KiB.
template <typename Body>
void expect_true_with_small_tmpfs(const std::filesystem::path& folder, Body body) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a tmpfs needs root";
  const int status = status_of_child([&] {
    if (!mount_small_tmpfs(folder)) ::_exit(lacks_rights);
    return body();
  });
  if (status == lacks_rights) GTEST_SKIP() << "this root may not mount a tmpfs";
  EXPECT_EQ(status, 0);
}

TEST(SharedFile, OnAFullTmpfsIsAnErrorWithBothSizes) {
  const TestFolder folder;
  expect_true_with_small_tmpfs(folder.path(), [&] {
    const auto text = refusal([&] { return make_unlinked_file(100'000, folder.path()); });
    return text == "needs 97.7 KiB (100000 bytes), available 64 KiB (65536 bytes)" &&
           bool(make_unlinked_file(65536, folder.path()));
  });
}

/// The folder that a descriptor's file was made in.
std::string folder_of(int descriptor) {
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).parent_path();
}

TEST(Segment, IsInDevShmWhereThereIsNoMemfd) {
  EXPECT_EQ(status_of_child([] {
              const bool forgotten = forget_call(SYS_memfd_create);
              const auto made = Segment::create(some_bytes, {});
              return forgotten && folder_of(made.descriptor()) == "/dev/shm";
            }),
            0);
}

TEST(Segment, IsInTheFolderWhereDevShmIsTooSmallAsInADockerContainer) {
  const TestFolder folder;
  expect_true_with_small_tmpfs("/dev/shm", [&] {
    const bool forgotten = forget_call(SYS_memfd_create);
    const auto text = refusal([] { return Segment::create(100'000, {}); });
    const auto made = Segment::create(100'000, folder.path());
    return forgotten && folder_of(made.descriptor()) == folder.path() &&
           text.find(
               "memory: memfd_create: Function not implemented; /dev/shm: needs 97.7 KiB "
               "(100000 bytes), available 64 KiB (65536 bytes)") != std::string::npos;
  });
}

}  // namespace
}  // namespace septet
