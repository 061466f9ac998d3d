// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/guard.hpp"

#include "communicate/abi/last_error.hpp"
#include "communicate/abi/log.hpp"
#include <septet/error.hpp>

#include <array>
#include <cstddef>
#include <new>
#include <source_location>
#include <string_view>

namespace septet::abi {
namespace {

struct Row {
  ErrorKind kind;
  ncclResult_t result;
};

// Never ncclTimeout (8): PyTorch ends on results above 7. What took too long is a peer's silence.
constexpr std::array results{
    Row{ErrorKind::argument, ncclInvalidArgument},  Row{ErrorKind::usage, ncclInvalidUsage},
    Row{ErrorKind::unavailable, ncclRemoteError},   Row{ErrorKind::peer, ncclRemoteError},
    Row{ErrorKind::device, ncclUnhandledCudaError}, Row{ErrorKind::system, ncclSystemError},
    Row{ErrorKind::internal, ncclInternalError},
};

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results.at(i).kind != static_cast<ErrorKind>(i)) return false;
  }
  return true;
}
static_assert(rows_stand_in_order());

ncclResult_t keep(ErrorKind kind, std::string_view text,
                  const std::source_location& where = std::source_location::current()) noexcept {
  // What broke a communicator is thrown again by each later call: it is logged once.
  if (text != last_error()) warn(text, where);
  set_last_error(text);
  return results[static_cast<std::size_t>(kind)].result;
}

}  // namespace

ncclResult_t record(std::exception_ptr thrown) noexcept {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Error& error) {
    return keep(error.kind(), error.what(), error.where());
  } catch (const std::bad_alloc&) {
    return keep(ErrorKind::system, "out of host memory");
  } catch (const std::exception& other) {
    return keep(ErrorKind::internal, other.what());
  } catch (...) {
    return keep(ErrorKind::internal, "an exception of no known type");
  }
}

}  // namespace septet::abi
