// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.hpp"
#include "lease/install.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace septet::cli {
namespace {

struct Options {
  std::string root = "/";
  bool remove = false;
  bool dry_run = false;
};

void require_root(std::string_view what) {
  if (::geteuid() == 0) return;
  throw Error(ErrorKind::system, "only root can " + std::string(what) +
                                     " what all users share: sudo septet install-host (or "
                                     "--dry-run to see what it would do)");
}

void show(std::ostream& out, const HostPlaces& places, bool remove) {
  if (remove) {
    out << "would remove " << places.boot_order.string() << '\n'
        << "would remove " << places.layout.folder.string() << ", unless slices are leased\n";
    return;
  }
  out << "would write " << places.boot_order.string() << ":\n\n"
      << boot_order_text() << "\nwould make " << places.layout.folder.string()
      << " as that says, unless slices are leased through folders of single users\n";
}

int install_host(Context& context, const Options& options) {
  const HostPlaces places(options.root);
  if (options.dry_run) {
    show(context.out, places, options.remove);
  } else if (options.remove) {
    require_root("remove");
    uninstall(places);
    context.out << "removed " << places.layout.folder.string() << " and "
                << places.boot_order.string() << '\n';
  } else {
    require_root("make");
    install(places);
    context.out << "all users of this host now lease through " << places.layout.folder.string()
                << "; " << places.boot_order.string() << " makes it again at each boot\n";
  }
  return 0;
}

}  // namespace

void add_install_host(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();  // Owners: this verb's action and its options.
  auto& verb = add_verb(
      app, context,
      {.name = "install-host",
       .summary = "let several users of this host share its slices",
       .description =
           "Makes /run/septet, through which all users of the host then lease slices and see each "
           "other in septet ps, and the order for systemd to make it again at each boot. Without "
           "it each user has a folder of his own, and two users do not see each other's leases. "
           "Nothing else is installed: no daemon, no set-uid program. Needs root.",
       .examples = "  septet install-host --dry-run            # see what it would do\n"
                   "  sudo septet install-host\n"
                   "  sudo septet install-host --remove\n"
                   "  sudo septet install-host --root /mnt/image"},
      [options, &context] { return install_host(context, *options); });
  verb.add_flag("--dry-run", options->dry_run, "Print what would be done, and do nothing");
  verb.add_flag("--remove", options->remove, "Undo it; refused while slices are leased");
  verb.add_option("--root", options->root, "Install into the system below this folder")
      ->type_name("DIR");
}

}  // namespace septet::cli
