// SPDX-License-Identifier: Apache-2.0
#include "cli/list_table.hpp"
#include "cli/program.hpp"
#include "cli/table.hpp"
#include <septet/lease.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace septet::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class List : public testing::Test {
 protected:
  void SetUp() override { context_.environment.set("SEPTET_STATE", state_.string()); }
  void TearDown() override { std::filesystem::remove_all(state_); }

  int run(std::vector<std::string> options, const std::string& devices = "sim:a100-40gb:7x1g.5gb") {
    options.insert(options.begin(), {"list", "--devices", devices});
    return run_program(options, context_);
  }

  json listed() {
    EXPECT_EQ(run({"--json"}), 0);
    return json::parse(out_.str());
  }

  const std::filesystem::path state_ =
      std::filesystem::temp_directory_path() / ("list_test." + std::to_string(::getpid()));
  std::ostringstream out_;
  std::ostringstream err_;
  Context context_{.environment = {}, .out = out_, .err = err_};
};

TEST_F(List, TableHasALineForTheGpuAndOneForEachSlice) {
  EXPECT_EQ(run({}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("GPU 0  NVIDIA A100"));
  EXPECT_THAT(out_.str(), HasSubstr("  0:6  1g.5gb"));
  EXPECT_THAT(out_.str(), HasSubstr("7 slices on 1 GPU, 0 held"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(List, TerminalIsNeverOverrunAndPipesGetWholeUuids) {
  const auto uuid = listed()["gpus"][0]["slices"][0]["uuid"].get<std::string>();
  out_.str("");
  context_.out_is_terminal = true;
  context_.environment.set("NO_COLOR", "1");
  context_.columns = 60;
  EXPECT_EQ(run({}), 0);
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    EXPECT_LE(display_width(line), 60) << line;
  }
  EXPECT_THAT(out_.str(), HasSubstr(uuid.substr(0, 12) + "…"));

  context_.out_is_terminal = false;
  EXPECT_EQ(run({}), 0);
  EXPECT_THAT(out_.str(), HasSubstr(uuid));
}

TEST_F(List, UuidsThatDifferOnlyAtTheirEndsAreCutInTheMiddle) {
  const auto file = state_.string() + ".txt";
  std::ofstream(file) << "GPU 0: A100 (UUID: GPU-e86cb44c-1111-2222-3333-444444444444)\n"
                         "MIG 1g.5gb Device 0: (UUID: "
                         "MIG-GPU-e86cb44c-1111-2222-3333-444444444444/11/0)\n"
                         "MIG 1g.5gb Device 1: (UUID: "
                         "MIG-GPU-e86cb44c-1111-2222-3333-444444444444/12/0)\n";
  context_.out_is_terminal = true;
  EXPECT_EQ(run({}, "smi:" + file), 0);
  std::filesystem::remove(file);
  EXPECT_THAT(out_.str(), HasSubstr("MIG-GPU-e86cb4…4/12/0"));
}

TEST_F(List, WideShowsWholeUuidsAndInstancesOnAnyTerminal) {
  context_.out_is_terminal = true;
  context_.columns = 40;
  EXPECT_EQ(run({"--wide"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("GI/CI"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("…")));
}

TEST_F(List, JsonHasAVersionAndFreeSlicesHaveNoHolder) {
  const auto content = listed();
  EXPECT_EQ(content["version"], 1);
  EXPECT_EQ(content["holders_unknown"], "");
  ASSERT_THAT(content["gpus"][0]["slices"], SizeIs(7));
  EXPECT_TRUE(content["gpus"][0]["slices"][0]["holder"].is_null());
}

TEST_F(List, LeasedSliceNamesItsHolder) {
  const auto driver = open_driver("sim:a100-40gb:7x1g.5gb", {});
  Request request;
  request.named = {"0:2"};
  const auto lease = acquire(LeaseFolder(state_), *driver, request, "python train.py",
                             {.limit = std::chrono::milliseconds(0), .on_wait = {}});
  ASSERT_TRUE(lease);
  const auto slices = listed()["gpus"][0]["slices"];
  EXPECT_EQ(slices[2]["holder"]["pid"], ::getpid());
  EXPECT_EQ(slices[2]["holder"]["lease"], lease->record().id);
  EXPECT_TRUE(slices[1]["holder"].is_null());
  out_.str("");
  EXPECT_EQ(run({}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("(" + std::to_string(::getpid()) + ") python train.py"));
  EXPECT_THAT(out_.str(), HasSubstr("1 held"));
}

TEST_F(List, LooksAtAHostWithoutLeavingTraces) {
  EXPECT_EQ(run({}), 0);
  EXPECT_FALSE(std::filesystem::exists(state_));
}

TEST_F(List, LeaseFolderThatCannotBeReadLeavesTheRest) {
  std::ofstream(state_) << "a file where a folder should be";
  EXPECT_EQ(run({}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("unknown"));
  EXPECT_THAT(err_.str(), HasSubstr("who holds what is unknown"));
}

TEST_F(List, FormatOfNvidiaSmiReadsBack) {
  EXPECT_EQ(run({"--format", "nvidia-smi"}), 0);
  const auto file = state_.string() + ".txt";
  std::ofstream(file) << out_.str();
  const auto first = out_.str();
  out_.str("");
  EXPECT_EQ(run({"--format", "nvidia-smi"}, "smi:" + file), 0);
  std::filesystem::remove(file);
  EXPECT_EQ(out_.str(), first);
}

TEST_F(List, HostWithoutGpusIsToldAndExitsWith69) {
  EXPECT_EQ(run({}, "smi:/dev/null"), 69);
  EXPECT_THAT(out_.str(), IsEmpty());
  EXPECT_THAT(err_.str(), HasSubstr("no GPU: smi:/dev/null shows none"));
  EXPECT_EQ(run({"--json"}, "smi:/dev/null"), 69);
  EXPECT_THAT(json::parse(out_.str())["gpus"], IsEmpty());
}

TEST_F(List, TroubleStandsBelowItsGpuInLinesThatFit) {
  Host host;
  host.gpus.resize(1);
  host.gpus[0].state = GpuState::lost;
  host.gpus[0].trouble = "GPU is lost: as root, nvidia-smi --gpu-reset -i 0, or reboot the host";
  EXPECT_THAT(list_table(host, {}, {.colour = false, .width = 40}, false),
              HasSubstr("GPU 0  lost\n"
                        "  ! GPU is lost: as root, nvidia-smi\n"
                        "    --gpu-reset -i 0, or reboot the host\n"));
}

TEST_F(List, VariableThatHidesDevicesIsNamed) {
  Host host;
  host.hidden_by = "CUDA_VISIBLE_DEVICES=\"0\"";
  EXPECT_THAT(list_table(host, {}, {}, false),
              HasSubstr("CUDA_VISIBLE_DEVICES=\"0\" hides other devices"));
}

TEST_F(List, FormatsThatContradictAreRefused) {
  EXPECT_EQ(run({"--json", "--format", "nvidia-smi"}), 64);
  EXPECT_EQ(run({"--format", "yaml"}), 64);
  EXPECT_THAT(err_.str(), HasSubstr("table, json or nvidia-smi"));
}

}  // namespace
}  // namespace septet::cli
