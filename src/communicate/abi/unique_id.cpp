// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/unique_id.hpp"

#include "base/this_host.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>

namespace septet::abi {
namespace {

struct Content {
  std::array<char, 7> mark;
  std::uint8_t version;
  std::array<std::uint64_t, 3> token;
};
static_assert(sizeof(Content) == 32 && offsetof(Content, token) == 8);

// NCCL begins with 8 random bytes, so the chance that one of its ids looks like ours is 2^-56.
constexpr std::array mark{'s', 'e', 'p', 't', 'e', 't', '\x1d'};
constexpr std::uint8_t version = 1;

[[noreturn]] void throw_foreign() {
  throw Error(ErrorKind::usage,
              "this ncclUniqueId was not made by Septet's libnccl.so.2: the process that called "
              "ncclGetUniqueId has loaded another library (or the bytes were not passed on whole). "
              "Start it the same way as this rank; septet doctor shows which library it loads");
}

[[noreturn]] void throw_other_version(std::uint8_t other) {
  throw Error(ErrorKind::usage, "this ncclUniqueId is of version " + std::to_string(other) +
                                    " of Septet's, this rank's libnccl.so.2 has version " +
                                    std::to_string(version) +
                                    ": let all ranks use one installation of Septet");
}

}  // namespace

ncclUniqueId unique_id_of(const Token& token) noexcept {
  const Content content{mark, version, {token.bits[0], token.bits[1], token.host}};
  ncclUniqueId id{};
  std::memcpy(id.internal, &content, sizeof content);
  return id;
}

Token token_of(const ncclUniqueId& id) {
  Content content{};
  std::memcpy(&content, id.internal, sizeof content);
  if (content.mark != mark) throw_foreign();
  if (content.version != version) throw_other_version(content.version);
  return {.bits = {content.token[0], content.token[1]}, .host = content.token[2]};
}

ncclUniqueId new_unique_id(std::optional<std::string_view> comm_id) {
  if (!comm_id) return unique_id_of(random_token());
  return unique_id_of(derived_token({.host = this_host()}, *comm_id, 0));
}

}  // namespace septet::abi
