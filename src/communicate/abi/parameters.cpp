// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/parameters.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <array>

namespace septet::abi {
namespace {

constexpr std::array all{
    Parameter{"NCCL_COMM_BLOCKING", true, "1", "whether calls that make communicators wait"},
    Parameter{"NCCL_COMM_ID", false, "", "text that names the next communicator on every rank"},
    Parameter{"NCCL_COMM_SHRINK_SHARE_RESOURCES", true, "0", "accepted, without effect"},
    Parameter{"NCCL_COMM_SPLIT_SHARE_RESOURCES", true, "0", "accepted, without effect"},
    Parameter{"NCCL_CONF_FILE", false, "", "file of settings, in place of ~/.nccl.conf"},
    Parameter{"NCCL_DEBUG", false, "", "what is logged: VERSION, WARN, INFO, ABORT or TRACE"},
    Parameter{"NCCL_DEBUG_FILE", false, "", "where the log goes; %h is the host, %p the process"},
    Parameter{"NCCL_DEBUG_SUBSYS", false, "INIT,BOOTSTRAP,ENV", "what INFO lines are about"},
    Parameter{"NCCL_GRAPH_MIXING_SUPPORT", true, "1", "accepted: graphs and calls always mix"},
    Parameter{"NCCL_MAX_CTAS", true, "64", "most thread blocks of a kernel; 3 at least"},
    Parameter{"NCCL_MIN_CTAS", true, "1", "accepted: there are never more blocks than of use"},
    Parameter{"NCCL_SHM_DISABLE", true, "0", "warned of: data goes through host memory"},
    Parameter{"SEPTET_BLOCKS", false, "", "thread blocks that publish, reduce and collect"},
    Parameter{"SEPTET_CHUNK_KIB", true, "128", "largest chunk of a collective"},
    Parameter{"SEPTET_MEETING_FOLDER", false, "", "where ranks meet without a network namespace"},
    Parameter{"SEPTET_MEETING_LIMIT_S", true, "300", "seconds that ranks wait for each other"},
    Parameter{"SEPTET_NCCL_VERSION", true, "23007", "what ncclGetVersion answers"},
    Parameter{"SEPTET_OPERATION_LIMIT_S", true, "0", "seconds that a call may wait; 0: for ever"},
    Parameter{"SEPTET_PATH", false, "auto", "how collectives go, e.g. packets or ring"},
    Parameter{"SEPTET_REDUCE_ON", false, "auto", "where data is combined: auto, host or device"},
    Parameter{"SEPTET_SEGMENT_MIB", true, "32", "host memory of a communicator"},
    Parameter{"SEPTET_TUNING", false, "", "a table of what is fastest, of septet bench --tune"},
    Parameter{"SEPTET_WAIT_ON", false, "auto", "who waits for other ranks: auto, host or device"},
};

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::argument, text); }

}  // namespace

std::span<const Parameter> parameters() noexcept { return all; }

const Parameter& parameter_of(const char* key) {
  if (key == nullptr) refuse("the key of a parameter is null");
  const auto found = std::find_if(all.begin(), all.end(), [&](const Parameter& each) {
    return key == std::string_view(each.key);
  });
  if (found != all.end()) return *found;
  refuse("no parameter \"" + std::string(key) + "\": ncclParamGetAllParameterKeys lists them");
}

const Parameter& parameter_of(ncclParamHandle_t handle) {
  // Compared, and never read before: programs pass what they like.
  for (const auto& each : all) {
    if (handle_of(each) == handle) return each;
  }
  refuse("not a handle of ncclParamBind");
}

ncclParamHandle_t handle_of(const Parameter& parameter) noexcept {
  // Opaque to programs, and theirs without const.
  return reinterpret_cast<ncclParamHandle_t>(const_cast<Parameter*>(&parameter));
}

std::string text_of(const Parameter& parameter, const Lookup& variables) {
  return variables(parameter.key).value_or(parameter.otherwise);
}

std::int64_t number_of(const Parameter& parameter, const Lookup& variables) {
  const auto value = parse_number<std::int64_t>(text_of(parameter, variables));
  return value ? *value : parse_number<std::int64_t>(parameter.otherwise).value_or(0);
}

void refuse_type(const Parameter& parameter, std::string_view asked) {
  refuse(std::string(parameter.key) + " is " + (parameter.is_number ? "an int64" : "a text") +
         ", not " + std::string(asked));
}

std::string dump_of_parameters(const Lookup& variables) {
  std::string dump = "=== settings that Septet reads ===\n";
  for (const auto& each : all) {
    const auto value = text_of(each, variables);
    dump += std::string(each.key) + " (" + (each.is_number ? "int64" : "text") + ") " +
            each.meaning + "\n    value=" + (value.empty() ? "<unset>" : value) +
            " set_by=" + (variables(each.key) ? "environment" : "default") + "\n";
  }
  return dump;
}

}  // namespace septet::abi
