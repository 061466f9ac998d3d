// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_message.hpp"

#include <septet/communicator.hpp>

#include <algorithm>
#include <type_traits>

namespace septet {
namespace {

// All numbers are in the host's own byte order: nobody else can connect.
constexpr std::uint32_t magic = 0x54505331;
constexpr std::size_t longest_text = 8UL * 1024;
constexpr std::uint32_t no_error = 0xffffffff;

enum class Tag : std::uint32_t { hello = 1, attendance = 2, welcome = 3, verdict = 4 };

class Writer {
 public:
  explicit Writer(Tag tag) {
    put(magic);
    put(tag);
  }

  template <typename Value>
    requires std::is_trivially_copyable_v<Value>
  void put(Value value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  void put(const std::string& text, std::size_t longest) {
    const auto kept = std::string_view(text).substr(0, longest);
    put(static_cast<std::uint32_t>(kept.size()));
    bytes_.append(kept);
  }

  [[nodiscard]] std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Gives zeroes and empty texts once the bytes do not hold what is asked for, and remembers it.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename Value>
  [[nodiscard]] Value take() {
    Value value{};
    const auto bytes = take_bytes(sizeof value);
    std::ranges::copy(bytes, reinterpret_cast<char*>(&value));
    return value;
  }

  [[nodiscard]] std::string take_text(std::size_t longest) {
    const auto size = take<std::uint32_t>();
    require(size <= longest);
    return std::string(take_bytes(size));
  }

  void require(bool truth) { sound_ = sound_ && truth; }
  void skip_rest() { rest_ = {}; }
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool is_at_end() const { return sound_ && rest_.empty(); }

 private:
  std::string_view take_bytes(std::size_t count) {
    require(count <= rest_.size());
    if (!sound_) return {};
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  bool sound_ = true;
};

bool is_rank(int rank, int ranks) { return 0 <= rank && rank < ranks && ranks <= max_ranks; }

std::string print(const Hello& hello) {
  Writer to(Tag::hello);
  to.put(hello.version);
  to.put(hello.rank);
  to.put(hello.pid);
  to.put(hello.ranks);
  to.put(hello.token.bits);
  to.put(hello.token.host);
  to.put(hello.segment_bytes);
  to.put(hello.terms);
  to.put(hello.pid_space);
  to.put(hello.slice, longest_slice_name);
  return std::move(to).bytes();
}

MeetingMessage parse_hello(Reader& from) {
  Hello hello;
  hello.version = from.take<std::uint32_t>();
  hello.rank = from.take<int>();
  hello.pid = from.take<pid_t>();
  if (hello.version != meeting_version) {
    from.skip_rest();
    return hello;
  }
  hello.ranks = from.take<int>();
  hello.token.bits = from.take<decltype(hello.token.bits)>();
  hello.token.host = from.take<std::uint64_t>();
  hello.segment_bytes = from.take<std::uint64_t>();
  hello.terms = from.take<std::uint64_t>();
  hello.pid_space = from.take<std::uint64_t>();
  hello.slice = from.take_text(longest_slice_name);
  from.require(is_rank(hello.rank, hello.ranks) && hello.pid > 0);
  return hello;
}

std::string print(const Attendance& attendance) {
  Writer to(Tag::attendance);
  to.put(attendance.host);
  to.put(attendance.host_pid);
  to.put(attendance.present);
  return std::move(to).bytes();
}

MeetingMessage parse_attendance(Reader& from) {
  const Attendance attendance{.host = from.take<int>(),
                              .host_pid = from.take<pid_t>(),
                              .present = from.take<std::uint64_t>()};
  from.require(is_rank(attendance.host, max_ranks) && attendance.host_pid > 0);
  return attendance;
}

std::string print(const Welcome& welcome) {
  Writer to(Tag::welcome);
  to.put(static_cast<std::uint32_t>(welcome.members.size()));
  for (const auto& member : welcome.members) {
    to.put(member.pid);
    to.put(member.pid_space);
    to.put(member.slice, longest_slice_name);
    to.put(static_cast<std::uint8_t>(member.has_process));
  }
  return std::move(to).bytes();
}

Welcome::Entry parse_entry(Reader& from) {
  Welcome::Entry entry{.pid = from.take<pid_t>(),
                       .pid_space = from.take<std::uint64_t>(),
                       .slice = from.take_text(longest_slice_name)};
  const auto has_process = from.take<std::uint8_t>();
  entry.has_process = has_process == 1;
  from.require(entry.pid > 0 && has_process <= 1);
  return entry;
}

MeetingMessage parse_welcome(Reader& from) {
  Welcome welcome;
  const auto count = from.take<std::uint32_t>();
  from.require(0 < count && count <= max_ranks);
  for (std::uint32_t i = 0; i < count && from.sound(); ++i) {
    welcome.members.push_back(parse_entry(from));
  }
  return welcome;
}

std::string print(const Verdict& verdict) {
  Writer to(Tag::verdict);
  to.put(verdict.error ? static_cast<std::uint32_t>(*verdict.error) : no_error);
  to.put(verdict.text, longest_text);
  return std::move(to).bytes();
}

MeetingMessage parse_verdict(Reader& from) {
  Verdict verdict;
  const auto error = from.take<std::uint32_t>();
  verdict.text = from.take_text(longest_text);
  from.require(error == no_error || error <= static_cast<std::uint32_t>(ErrorKind::internal));
  if (from.sound() && error != no_error) verdict.error = static_cast<ErrorKind>(error);
  return verdict;
}

std::optional<MeetingMessage> parse_tagged(Tag tag, Reader& from) {
  switch (tag) {
    case Tag::hello:
      return parse_hello(from);
    case Tag::attendance:
      return parse_attendance(from);
    case Tag::welcome:
      return parse_welcome(from);
    case Tag::verdict:
      return parse_verdict(from);
  }
  return {};
}

}  // namespace

std::string print_message(const MeetingMessage& message) {
  return std::visit([](const auto& it) { return print(it); }, message);
}

std::optional<MeetingMessage> parse_message(std::string_view bytes) {
  Reader from(bytes);
  from.require(from.take<std::uint32_t>() == magic);
  const auto tag = from.take<Tag>();
  if (!from.sound()) return {};
  auto message = parse_tagged(tag, from);
  if (!from.is_at_end()) return {};
  return message;
}

}  // namespace septet
