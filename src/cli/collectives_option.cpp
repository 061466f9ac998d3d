// SPDX-License-Identifier: Apache-2.0
#include "cli/collectives_option.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

namespace septet::cli {
namespace {

namespace fs = std::filesystem;

std::optional<CollectivesLibraries> find_libraries(const Environment& environment) {
  for (const auto& folder : library_folders(environment)) {
    if (auto found = libraries_in(folder)) return found;
  }
  return {};
}

[[noreturn]] void refuse_missing(const std::string& asked_by, const Environment& environment) {
  std::vector<std::string> looked;
  for (const auto& folder : library_folders(environment)) looked.push_back(folder.string());
  throw Error(ErrorKind::argument,
              asked_by + ": libnccl.so.2 and libseptet_audit.so are not both in " +
                  join(looked, " or ") +
                  ": build Septet with the CUDA toolkit, or name their folder in SEPTET_LIBRARIES");
}

}  // namespace

void add_collectives_option(CLI::App& verb, const Context& context, std::string& word) {
  word = context.environment.get_or("SEPTET_COLLECTIVES", "auto");
  verb.add_option("--collectives", word,
                  "Which libnccl.so.2 programs get: septet, their own told of the slices (nccl), "
                  "as it comes (off), or auto: septet on slices, else off [SEPTET_COLLECTIVES]")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"auto", "septet", "nccl", "off"}));
}

Collectives collectives_of(const std::string& word, const Environment& environment) {
  const auto from = parse_collectives(word);
  if (!from) {  // The parser has checked the option's own words.
    throw Error(ErrorKind::argument,
                "SEPTET_COLLECTIVES: \"" + word + "\" is none of auto, septet, nccl, off");
  }
  Collectives collectives{.from = *from, .libraries = find_libraries(environment)};
  if (collectives.libraries || *from == CollectivesFrom::off || *from == CollectivesFrom::nccl) {
    return collectives;
  }
  if (!environment.get_or("SEPTET_LIBRARIES", "").empty()) {
    refuse_missing("SEPTET_LIBRARIES", environment);
  }
  if (*from == CollectivesFrom::septet) refuse_missing("--collectives septet", environment);
  return collectives;
}

std::vector<fs::path> library_folders(const Environment& environment) {
  const auto named = environment.get_or("SEPTET_LIBRARIES", "");
  if (!named.empty()) return {fs::absolute(named)};
  const auto here = fs::read_symlink("/proc/self/exe").parent_path();
  std::vector<fs::path> folders{(here / "../lib/septet").lexically_normal()};
  const auto installed = (here / ".." / SEPTET_LIBRARY_FOLDER / "septet").lexically_normal();
  if (installed != folders.front()) folders.push_back(installed);
  return folders;
}

}  // namespace septet::cli
