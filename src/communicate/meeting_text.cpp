// SPDX-License-Identifier: Apache-2.0
#include "communicate/meeting_text.hpp"

#include "base/units.hpp"

#include <unistd.h>

#include <array>
#include <bit>
#include <cstddef>
#include <vector>

namespace septet {
namespace {

/// "net:[4026531840]": namespaces(7).
std::string network_namespace() {
  std::array<char, 64> name{};
  const auto size = ::readlink("/proc/self/ns/net", name.data(), name.size());
  return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : "unknown";
}

std::string where_else(const MeetingPlace& place) {
  if (!place.folder.empty()) {
    return "they did not start, run on another host, or look in another folder than " +
           place.folder.string() + " (SEPTET_MEETING_FOLDER)";
  }
  return "they did not start, run on another host, or in another network namespace than this rank "
         "(" +
         network_namespace() +
         "): ranks in several containers meet where SEPTET_MEETING_FOLDER names a folder that all "
         "share";
}

/// "rank 3 (pid 7) expects 4 ranks, rank 0 (pid 5) expects 8 ranks: all need the same number".
Error difference(const Hello& one, const Hello& other, const std::string& verb,
                 const std::string& ones, const std::string& others, const std::string& remedy) {
  return {ErrorKind::usage, described(one) + " " + verb + " " + ones + ", " + described(other) +
                                " " + verb + " " + others + ": " + remedy};
}

}  // namespace

std::string described(const Hello& hello) {
  return "rank " + std::to_string(hello.rank) + " (pid " + std::to_string(hello.pid) +
         (hello.slice.empty() ? "" : ", " + hello.slice) + ")";
}

std::string missing_ranks(std::uint64_t present, int ranks) {
  std::vector<int> missing;
  for (int rank = 0; rank < ranks; ++rank) {
    if ((present & bit_of(rank)) == 0) missing.push_back(rank);
  }
  std::string text = missing.size() == 1 ? "rank" : "ranks";
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const bool is_last = i > 0 && i + 1 == missing.size();
    text += (i == 0 ? " " : is_last ? " and " : ", ") + std::to_string(missing[i]);
  }
  return text;
}

Error time_over(std::uint64_t present, const Membership& membership, const MeetingPlace& place) {
  return {ErrorKind::unavailable,
          "after " + format_duration(membership.meeting_limit) + ", " +
              std::to_string(std::popcount(present)) + " of " + std::to_string(membership.ranks) +
              " ranks have come; missing: " + missing_ranks(present, membership.ranks) + " (" +
              where_else(place) + ")"};
}

void require_agreement(const Hello& one, const Hello& other) {
  const auto text = [](auto value) { return std::to_string(value); };
  if (one.version != other.version) {
    throw difference(one, other, "speaks version", text(one.version), text(other.version),
                     "all ranks need the same Septet");
  }
  if (one.ranks != other.ranks) {
    throw difference(one, other, "expects", text(one.ranks) + " ranks",
                     text(other.ranks) + " ranks", "all need the same number");
  }
  if (one.rank == other.rank) {
    throw Error(ErrorKind::usage, "rank " + text(one.rank) + " has come twice: " + described(one) +
                                      " and " + described(other));
  }
  if (one.segment_bytes != other.segment_bytes) {
    throw difference(one, other, "asks for", text(one.segment_bytes) + " bytes of shared memory",
                     text(other.segment_bytes) + " bytes", "all need the same settings");
  }
  if (one.terms != other.terms) {
    throw difference(one, other, "has settings", text(one.terms), text(other.terms),
                     "those that decide how ranks work together (SEPTET_ variables, the table of "
                     "SEPTET_TUNING, versions) have to be alike");
  }
}

}  // namespace septet
