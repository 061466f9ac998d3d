// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "cli/manual.hpp"
#include "cli/program.hpp"
#include "cli/verbs.hpp"
#include <septet/error.hpp>

#include <filesystem>
#include <memory>
#include <ostream>

namespace septet::cli {
namespace {

struct Chosen {
  std::string verb;
  std::filesystem::path folder;
};

std::string manual_of(const CLI::App& program, const std::string& verb) {
  const auto pages = verb_pages(program);
  if (verb.empty()) return program_manual(page_of(program), pages, SEPTET_VERSION);
  for (const auto& page : pages) {
    if (page.name == verb) return verb_manual(page, SEPTET_VERSION);
  }
  throw Error(ErrorKind::argument, "no verb \"" + verb + "\": septet --help lists them");
}

void write_manuals(const CLI::App& program, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  replace_file(folder / "septet.1", manual_of(program, ""));
  for (const auto& page : verb_pages(program)) {
    replace_file(folder / ("septet-" + page.name + ".1"), verb_manual(page, SEPTET_VERSION));
  }
}

}  // namespace

void add_man(CLI::App& app, Context& context) {
  const auto chosen = std::make_shared<Chosen>();  // Owned by the options and the action.
  auto& verb =
      add_verb(app, context,
               {.name = "man",
                .summary = "print a man page, for man -l or to install",
                .description = "Without VERB it is the page of the program. `make install` puts "
                               "all pages where man finds them.",
                .examples = "septet man run | man -l -       # read it\n"
                            "septet man --folder share/man1  # all pages, to install"},
               [&context, chosen] {
                 const auto program = make_program(context);
                 if (chosen->folder.empty()) {
                   context.out << manual_of(*program, chosen->verb);
                 } else {
                   write_manuals(*program, chosen->folder);
                 }
                 return 0;
               });
  verb.add_option("VERB", chosen->verb, "The verb that the page is about");
  verb.add_option("--folder", chosen->folder, "Write all pages there instead")->type_name("FOLDER");
}

}  // namespace septet::cli
