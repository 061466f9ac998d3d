// SPDX-License-Identifier: Apache-2.0
// septet._core: what septet/communicator.py and septet/MPI.py call. Not for others.
#include "binding/link.hpp"
#include "communicate/membership.hpp"
#include <septet/error.hpp>
#include <septet/token.hpp>

#include <pybind11/stl.h>

#include <chrono>
#include <string>

namespace septet::python {
namespace {

namespace py = pybind11;

/// Limits as Python has them: in seconds; nothing is the default.
struct Limits {
  std::optional<double> meeting;
  std::optional<double> operation;
};

std::chrono::milliseconds milliseconds_of(double seconds, const char* name) {
  constexpr double most = 1e9;
  if (!(seconds > 0) || seconds > most) {
    throw Error(ErrorKind::argument, std::string(name) + "=" + std::to_string(seconds) +
                                         ": give a number of seconds above 0");
  }
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

Membership limited(Membership membership, const Limits& limits) {
  if (limits.meeting) {
    membership.meeting_limit = milliseconds_of(*limits.meeting, "meeting_limit");
  }
  if (limits.operation) {
    membership.operation_limit = milliseconds_of(*limits.operation, "operation_limit");
  }
  return membership;
}

std::unique_ptr<Link> link_of(int rank, int size, const std::string& token,
                              const std::string& slice, std::optional<double> meeting_limit,
                              std::optional<double> operation_limit) {
  Membership membership;
  membership.token = token_of(token);
  membership.rank = rank;
  membership.ranks = size;
  membership.slice = slice;
  return std::make_unique<Link>(limited(membership, {meeting_limit, operation_limit}));
}

std::unique_ptr<Link> link_from_environment(std::optional<double> meeting_limit,
                                            std::optional<double> operation_limit) {
  return std::make_unique<Link>(
      limited(membership_from_environment(), {meeting_limit, operation_limit}));
}

/// Each kind of Error is a class of septet.errors.
void raise_in_python(const Error& error) {
  const auto classes = py::module_::import("septet.errors").attr("BY_KIND");
  const auto kind = py::str(std::string(name_of(error.kind())));
  PyErr_SetString(classes[kind].ptr(), error.what());
}

void translate(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const Error& error) {
    raise_in_python(error);
  }
}

void add_link(py::module_& module) {
  py::class_<Link>(module, "Link")
      .def(py::init(&link_of))
      .def_static("from_environment", &link_from_environment)
      .def_property_readonly("rank", &Link::rank)
      .def_property_readonly("size", &Link::size)
      .def_property_readonly("is_closed", &Link::is_closed)
      .def("barrier", &Link::barrier)
      .def("all_reduce", &Link::all_reduce)
      .def("reduce", &Link::reduce)
      .def("broadcast", &Link::broadcast)
      .def("all_gather", &Link::all_gather)
      .def("reduce_scatter", &Link::reduce_scatter)
      .def("all_to_all", &Link::all_to_all)
      .def("all_to_allv", &Link::all_to_allv)
      .def("gather", &Link::gather)
      .def("scatter", &Link::scatter)
      .def("send", &Link::send)
      .def("recv", &Link::recv)
      .def("begin_group", &Link::begin_group)
      .def("end_group", &Link::end_group)
      .def("split", &Link::split)
      .def("shrink", &Link::shrink)
      .def("abort", &Link::abort)
      .def("check", &Link::check)
      .def("close", &Link::close);
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  py::register_exception_translator(&translate);
  add_link(module);
  module.def("random_token", [] { return text_of(random_token()); });
  module.def("has_launcher", [] { return find_membership(Environment::current(), 0).has_value(); });
  module.attr("version") = SEPTET_VERSION;
}

}  // namespace septet::python
