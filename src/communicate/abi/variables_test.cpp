// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/variables.hpp"

#include "base/file.hpp"
#include "base/test_folder.hpp"
#include <septet/environment.hpp>

#include <gtest/gtest.h>

namespace septet::abi {
namespace {

TEST(NcclConf, SetsAVariableALine) {
  const auto read = variables_in("NCCL_DEBUG=WARN\n# NCCL_MAX_CTAS=1\nnonsense\nNCCL_NET=a=b\r\n");
  EXPECT_EQ(read, (Variables{{"NCCL_DEBUG", "WARN"}, {"NCCL_NET", "a=b"}}));
}

TEST(NcclConf, OfTwoLinesTheFirstCounts) {
  EXPECT_EQ(variables_in("A=1\nA=2"), (Variables{{"A", "1"}}));
}

class NcclConfFiles : public testing::Test {
 protected:
  [[nodiscard]] Variables read(Environment environment) const {
    environment.set("HOME", folder_.path().string());
    return variables_of_files([&](std::string_view name) { return environment.get(name); });
  }

  const TestFolder folder_;
};

TEST_F(NcclConfFiles, AreReadAtHome) {
  EXPECT_FALSE(read({}).contains("NCCL_DEBUG"));
  replace_file(folder_.path() / ".nccl.conf", "NCCL_DEBUG=INFO\n");
  EXPECT_EQ(read({})["NCCL_DEBUG"], "INFO");
}

TEST_F(NcclConfFiles, AreReadWhereTheVariableSays) {
  replace_file(folder_.path() / ".nccl.conf", "NCCL_DEBUG=INFO\n");
  const auto other = folder_.path() / "other.conf";
  replace_file(other, "NCCL_DEBUG=WARN\n");
  EXPECT_EQ(read({{"NCCL_CONF_FILE", other.string()}})["NCCL_DEBUG"], "WARN");
}

TEST(Variable, IsTheEnvironmentsFirst) {
  ASSERT_EQ(::setenv("SEPTET_VARIABLE_TEST", "here", 1), 0);
  EXPECT_EQ(variable("SEPTET_VARIABLE_TEST"), "here");
  ASSERT_EQ(::unsetenv("SEPTET_VARIABLE_TEST"), 0);
  EXPECT_EQ(variable("SEPTET_VARIABLE_TEST"), std::nullopt);
}

}  // namespace
}  // namespace septet::abi
