// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"
#include "lease/testing_world.hpp"
#include <septet/lease.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <sstream>

namespace septet::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// `septet ps` and `septet wait` beside leases of this process.
class PsAndWait : public testing::Test {
 protected:
  int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    return run_program(arguments, context_);
  }

  std::optional<Lease> take(const LeaseFolder& folder, int slices) const {
    FixedDriver driver(mig_host(7));
    return acquire(folder, driver, any(slices), "python3 train.py",
                   {.limit = std::chrono::milliseconds(0), .on_wait = {}});
  }

  const TestFolder place_;
  const LeaseFolder folder_{place_.path() / "state"};
  std::ostringstream out_;
  std::ostringstream err_;
  Context context_{.environment = {{"SEPTET_STATE", folder_.path()},
                                   {"SEPTET_DEVICES", "sim:a100-40gb:7x1g.5gb"}},
                   .out = out_,
                   .err = err_};
};

TEST_F(PsAndWait, NobodyHoldsAnythingAtFirst) {
  EXPECT_EQ(run({"ps"}), 0);
  EXPECT_EQ(out_.str(), "Nothing is leased.\n");
}

TEST_F(PsAndWait, TableNamesTheHolder) {
  const auto lease = take(folder_, 2);
  EXPECT_EQ(run({"ps"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("LEASE "));
  EXPECT_THAT(out_.str(), HasSubstr(lease->record().id));
  EXPECT_THAT(out_.str(), HasSubstr(std::to_string(::getpid())));
  EXPECT_THAT(out_.str(), HasSubstr("0:0 0:1  2x1g.5gb  python3 train.py"));
}

TEST_F(PsAndWait, JsonHasAVersionAndEveryField) {
  const auto lease = take(folder_, 2);
  EXPECT_EQ(run({"ps", "--json"}), 0);
  const auto content = json::parse(out_.str());
  EXPECT_EQ(content.at("version"), 1);
  EXPECT_EQ(content.at("folder"), folder_.path().string());
  const auto& first = content.at("leases").at(0);
  EXPECT_EQ(first.at("id"), lease->record().id);
  EXPECT_EQ(first.at("holder").at("uid"), ::geteuid());
  EXPECT_EQ(first.at("holder").at("user"), lease->record().holder.user);
  EXPECT_EQ(first.at("slices").size(), 2U);
  EXPECT_EQ(content.at("queue"), json::array());
  EXPECT_EQ(content.at("within"), nullptr);
}

TEST_F(PsAndWait, InsideALeaseBothTheHostAndTheLeaseAreShown) {
  const auto lease = take(folder_, 4);
  context_.environment.set("SEPTET_LEASE", lease->record().id);
  const LeaseFolder inner(LeaseFolder::usual(context_.environment));
  const auto sub_lease = take(inner, 1);
  EXPECT_EQ(run({"ps"}), 0);
  const auto text = out_.str();
  EXPECT_LT(text.find(lease->record().id), text.find("Within lease " + lease->record().id));
  EXPECT_LT(text.find("Within lease"), text.find(sub_lease->record().id));
}

TEST_F(PsAndWait, WaitSaysAtOnceWhetherSlicesCouldBeHad) {
  EXPECT_EQ(run({"wait", "-n", "7", "--no-wait"}), 0);
  EXPECT_EQ(out_.str() + err_.str(), "");
  const LeaseFolder folder(folder_.path());
  EXPECT_TRUE(folder.leases().empty()) << "wait takes nothing";
}

TEST_F(PsAndWait, WaitEndsWith75WhenTheTimeIsOver) {
  const auto driver = open_driver("sim:a100-40gb:7x1g.5gb", {});
  const auto all = acquire(folder_, *driver, any(7), "test",
                           {.limit = std::chrono::milliseconds(0), .on_wait = {}});
  ASSERT_TRUE(all);
  EXPECT_EQ(run({"wait", "-n", "1", "--wait=20ms"}), 75);
  EXPECT_THAT(err_.str(), HasSubstr("within 20ms"));
  EXPECT_EQ(run({"wait", "--lease", all->record().id, "--no-wait"}), 75);
  EXPECT_EQ(run({"wait", "--lease", "00000000", "--no-wait"}), 0) << "that one has ended";
  EXPECT_EQ(run({"wait", "--all", "--no-wait"}), 75);
}

TEST_F(PsAndWait, WaitRefusesContradictions) {
  EXPECT_EQ(run({"wait", "--all", "--lease", "00000000"}), 64);
  EXPECT_EQ(run({"wait", "-n", "8"}), 69);
}

TEST_F(PsAndWait, InstallHostShowsWhatItWouldDo) {
  EXPECT_EQ(run({"install-host", "--dry-run", "--root", place_.path()}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("d /run/septet 1777 root root -\n"));
  EXPECT_FALSE(std::filesystem::exists(place_.path() / "run"));
}

}  // namespace
}  // namespace septet::cli
