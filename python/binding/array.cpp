// SPDX-License-Identifier: Apache-2.0
#include "binding/array.hpp"

#include "binding/element_type.hpp"
#include <septet/error.hpp>

#include <cstdint>
#include <optional>

namespace septet::python {
namespace {

namespace py = pybind11;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::argument, name + ": " + why);
}

ElementType known(const std::optional<ElementType>& type, const std::string& name,
                  const std::string& told) {
  if (type) return *type;
  refuse(name, "elements of type " + told +
                   " are not known here; known are int8 to int64, uint8 to uint64, float16, "
                   "float32, float64, bfloat16, float8_e4m3fn and float8_e5m2: convert, or send "
                   "the bytes with view(\"u1\")");
}

[[noreturn]] void refuse_strides(const std::string& name) {
  refuse(name,
         "not contiguous in C order: give a copy that is, as numpy.ascontiguousarray(a) or "
         "tensor.contiguous()");
}

void require_writable(bool read_only, Access access, const std::string& name) {
  if (read_only && access == Access::write) refuse(name, "read-only, but the result goes there");
}

Array of_buffer(py::object view, Access access, const std::string& name) {
  const Py_buffer& buffer = *PyMemoryView_GET_BUFFER(view.ptr());
  const std::string format = buffer.format == nullptr ? "B" : buffer.format;
  const auto bytes = static_cast<std::size_t>(buffer.itemsize);
  const auto type = known(type_of_format(format, bytes), name, "\"" + format + "\"");
  if (PyBuffer_IsContiguous(&buffer, 'C') == 0) refuse_strides(name);
  require_writable(buffer.readonly != 0, access, name);
  return {.data = buffer.buf,
          .count = static_cast<std::size_t>(buffer.len) / bytes,
          .type = type.type,
          .is_logical = type.is_logical,
          .place = Place::host,
          .stream = 0,
          .keeper = std::move(view)};
}

/// NumPy refuses to lend an array whose type it does not know; as whole numbers of the same size it
/// does.
Array of_added_type(const py::object& object, Access access, const std::string& name) {
  const auto told = py::str(object.attr("dtype").attr("name")).cast<std::string>();
  const auto type = known(type_of_name(told), name, told);
  const auto numbers = object.attr("view")(size_of(type.type) == 2 ? "u2" : "u1");
  auto view = py::reinterpret_steal<py::object>(PyMemoryView_FromObject(numbers.ptr()));
  if (!view) throw py::error_already_set();
  auto array = of_buffer(std::move(view), access, name);
  array.type = type.type;
  return array;
}

Array of_buffer_object(const py::object& object, Access access, const std::string& name) {
  auto view = py::reinterpret_steal<py::object>(PyMemoryView_FromObject(object.ptr()));
  if (view) return of_buffer(std::move(view), access, name);
  if (!py::hasattr(object, "dtype")) throw py::error_already_set();
  PyErr_Clear();
  return of_added_type(object, access, name);
}

bool is_contiguous(const dlpack::Tensor& tensor) {
  if (tensor.strides == nullptr) return true;
  std::int64_t expected = 1;
  for (std::int32_t i = tensor.dimensions; i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

std::size_t count_of(const dlpack::Tensor& tensor) {
  std::size_t count = 1;
  for (std::int32_t i = 0; i < tensor.dimensions; ++i) {
    count *= static_cast<std::size_t>(tensor.shape[i]);
  }
  return count;
}

Place place_of(std::int32_t device_type, const std::string& name) {
  switch (device_type) {
    case dlpack::cpu:
    case dlpack::cuda_host:
      return Place::host;
    case dlpack::cuda:
    case dlpack::cuda_managed:
      return Place::device;
    default:
      refuse(name, "on a device of DLPack's type " + std::to_string(device_type) +
                       ": copy it to the host or to a CUDA device");
  }
}

/// The stream on which the library of `object` works just now.
std::uintptr_t stream_of(const py::object& object) {
  return py::module_::import("septet.results").attr("stream_of")(object).cast<std::uintptr_t>();
}

/// On a device the call goes to the stream on which the array is made: nobody need wait (-1).
py::object capsule_of(const py::object& object, bool on_device) {
  using namespace py::literals;
  const auto export_ = object.attr("__dlpack__");
  return on_device ? export_("stream"_a = -1) : export_();
}

/// The capsule keeps the tensor: it is not renamed, so its own destructor frees what it holds.
Array of_dlpack(const py::object& object, const std::string& name) {
  const py::tuple device = object.attr("__dlpack_device__")();
  const bool on_device = place_of(py::int_(device[0]).cast<int>(), name) == Place::device;
  auto capsule = capsule_of(object, on_device);
  const auto* const managed =
      static_cast<const dlpack::ManagedTensor*>(PyCapsule_GetPointer(capsule.ptr(), "dltensor"));
  if (managed == nullptr) throw py::error_already_set();
  const auto& tensor = managed->tensor;
  const auto type = known(type_of_dlpack(tensor.type), name,
                          "DLPack " + std::to_string(tensor.type.code) + " with " +
                              std::to_string(tensor.type.bits) + " bits");
  if (count_of(tensor) > 0 && !is_contiguous(tensor)) refuse_strides(name);
  return {.data = static_cast<std::byte*>(tensor.data) + tensor.byte_offset,
          .count = count_of(tensor),
          .type = type.type,
          .is_logical = type.is_logical,
          .place = on_device ? Place::device : Place::host,
          .stream = on_device ? stream_of(object) : 0,
          .keeper = std::move(capsule)};
}

/// Source: https://numba.readthedocs.io/en/stable/cuda/cuda_array_interface.html
Array of_cuda_interface(const py::object& object, Access access, const std::string& name) {
  const py::dict told = object.attr("__cuda_array_interface__");
  const auto text = told["typestr"].cast<std::string>();
  const auto type = known(type_of_interface(text), name, text);
  const py::tuple data = told["data"];
  require_writable(data[1].cast<bool>(), access, name);
  std::size_t count = 1;
  for (const auto& length : told["shape"].cast<py::tuple>()) count *= length.cast<std::size_t>();
  if (told.contains("strides") && !told["strides"].is_none()) refuse_strides(name);
  return {.data = reinterpret_cast<void*>(data[0].cast<std::uintptr_t>()),
          .count = count,
          .type = type.type,
          .is_logical = type.is_logical,
          .place = Place::device,
          .stream = stream_of(object),
          .keeper = object};
}

}  // namespace

Array array_of(const py::object& object, Access access, const std::string& name) {
  if (PyObject_CheckBuffer(object.ptr()) != 0) return of_buffer_object(object, access, name);
  if (py::hasattr(object, "__dlpack__")) return of_dlpack(object, name);
  if (py::hasattr(object, "__cuda_array_interface__")) {
    return of_cuda_interface(object, access, name);
  }
  refuse(name, std::string(Py_TYPE(object.ptr())->tp_name) +
                   " is no array: give one of NumPy, PyTorch, CuPy or JAX, or a buffer such as "
                   "bytearray; for Python objects there is septet.MPI");
}

}  // namespace septet::python
