// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.hpp"
#include "cli/program.hpp"
#include "cli/verbs.hpp"
#include <septet/error.hpp>

#include <memory>
#include <ostream>

namespace septet::cli {
namespace {

std::string manual_of(const CLI::App& program, const std::string& verb) {
  const auto pages = verb_pages(program);
  if (verb.empty()) return program_manual(page_of(program), pages, SEPTET_VERSION);
  for (const auto& page : pages) {
    if (page.name == verb) return verb_manual(page, SEPTET_VERSION);
  }
  throw Error(ErrorKind::argument, "no verb \"" + verb + "\": septet --help lists them");
}

}  // namespace

void add_man(CLI::App& app, Context& context) {
  const auto chosen = std::make_shared<std::string>();  // Owned by the option and the action.
  auto& verb =
      add_verb(app, context,
               {.name = "man",
                .summary = "print a man page, for man -l or to install",
                .description = "Without VERB it is the page of the program. `make install` "
                               "puts all pages where man finds them.",
                .examples = "septet man run | man -l -         # read it\n"
                            "septet man run > septet-run.1     # keep it"},
               [&context, chosen] {
                 context.out << manual_of(*make_program(context), *chosen);
                 return 0;
               });
  verb.add_option("VERB", *chosen, "The verb that the page is about");
}

}  // namespace septet::cli
