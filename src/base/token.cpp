// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"
#include "base/mixer.hpp"
#include "base/this_host.hpp"
#include <septet/token.hpp>

#include <sys/random.h>

#include <cerrno>
#include <charconv>
#include <cstddef>

namespace septet {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t digits_of_word = 16;
constexpr std::size_t digits_of_token = 3 * digits_of_word;

void append(std::string& text, std::uint64_t word) {
  for (std::size_t i = digits_of_word; i-- > 0;) text += digits[(word >> (4 * i)) & 0xfU];
}

std::uint64_t word_at(std::string_view text, std::size_t index) {
  const char* const first = text.data() + index * digits_of_word;
  std::uint64_t word = 0;
  std::from_chars(first, first + digits_of_word, word, 16);
  return word;
}

}  // namespace

Token random_token() {
  Token token{.host = this_host()};
  ssize_t got = 0;
  do {
    // So few bytes come whole or not at all: getrandom(2).
    got = ::getrandom(token.bits.data(), sizeof token.bits, 0);
  } while (got < 0 && errno == EINTR);
  check(got, "get random bytes for a token");
  return token;
}

std::string text_of(const Token& token) {
  std::string text;
  append(text, token.bits[0]);
  append(text, token.bits[1]);
  append(text, token.host);
  return text;
}

Token token_of(std::string_view text) {
  if (text.size() != digits_of_token || text.find_first_not_of(digits) != std::string_view::npos) {
    throw Error(ErrorKind::argument, "not a token: \"" + std::string(text) +
                                         "\" (a token is 48 lower-case hexadecimal digits)");
  }
  return {.bits = {word_at(text, 0), word_at(text, 1)}, .host = word_at(text, 2)};
}

Token derived_token(const Token& parent, std::string_view purpose, std::uint64_t number) {
  Mixer mixer;
  mixer.add(parent.bits[0]);
  mixer.add(parent.bits[1]);
  mixer.add(parent.host);
  mixer.add(purpose);
  mixer.add(number);
  return {.bits = mixer.bits(), .host = parent.host};
}

}  // namespace septet
