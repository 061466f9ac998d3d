// SPDX-License-Identifier: Apache-2.0
#include "lease/layout.hpp"
#include "lease/pause.hpp"
#include "lease/roll.hpp"
#include "lease/turn.hpp"
#include <septet/lease.hpp>

#include <unistd.h>

#include <algorithm>

namespace septet {
namespace {

bool is_named(const std::string& file, const std::vector<std::string>& ids) {
  return ids.empty() ||
         std::find(ids.begin(), ids.end(), file.substr(0, file.find('.'))) != ids.end();
}

/// The live leases of `ids`, or with none all.
Scene scene_of(const Layout& layout, const std::vector<std::string>& ids) {
  Scene scene{layout.leases(), {}};
  for (auto& name : live_records(layout)) {
    if (is_named(name, ids)) scene.live.push_back(std::move(name));
  }
  return scene;
}

}  // namespace

bool await_turn(const LeaseFolder& folder, Driver& driver, const Request& request,
                std::optional<std::chrono::milliseconds> limit) {
  const Layout layout{folder.path()};
  Pause pause(limit, folder.watch());
  for (;;) {
    const auto asker = ask(driver, request, ::geteuid(), std::nullopt);
    const auto roll = read_roll(layout, Dead::keep);
    const auto turn = turn_of(asker, roll);
    if (choose(asker.host, request, turn.busy)) return true;
    const auto scene = scene_of(layout, roll, turn.behind);
    const auto look = [&] { return scene_now(layout, turn.behind, std::nullopt); };
    if (!pause.until_change(scene, look)) return false;
  }
}

bool await_end(const LeaseFolder& folder, const std::vector<std::string>& ids,
               std::optional<std::chrono::milliseconds> limit) {
  const Layout layout{folder.path()};
  Pause pause(limit, folder.watch());
  const auto look = [&] { return scene_of(layout, ids); };
  for (;;) {
    const auto scene = look();
    if (scene.live.empty()) return true;
    if (!pause.until_change(scene, look)) return false;
  }
}

}  // namespace septet
