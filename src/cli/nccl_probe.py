# SPDX-License-Identifier: Apache-2.0
"""Loads NCCL as one program of this Python does, without importing it, and says what came of it.

`septet doctor` runs it once for each program, in the environment that `septet run` would give. It
is asked {"about": NAME} and answers {"sight": …}, null where the program is not installed; each is
a line of JSON. "python" asks for the Python itself.
"""

import ctypes
import glob
import importlib.metadata
import importlib.util
import json
import os
import sys

AT_SECURE = 23  # Source: getauxval(3).


def folders(package):
    """Where `package` lies; none: it is not installed. Does not import it."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    return list(spec.submodule_search_locations or [os.path.dirname(spec.origin or "")])


def first_file(package, *patterns):
    """The first file below `package` that matches a pattern."""
    for folder in folders(package):
        for pattern in patterns:
            for path in sorted(glob.glob(os.path.join(glob.escape(folder), pattern))):
                return path
    return None


def wheel_nccl():
    """The library of the package nvidia.nccl, by its absolute path."""
    return first_file("nvidia", "nccl/lib/libnccl.so*")


def version_of(*distributions):
    for distribution in distributions:
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            pass
    return None


def load_torch():
    """Linked; the wheel's run path goes to nvidia/nccl/lib."""
    library = first_file("torch", "lib/libtorch_cuda.so", "lib/libtorch_cuda_cpp.so",
                         "lib/libtorch_hip.so")
    if library is None:
        return "built without CUDA", None
    return "linked with " + os.path.basename(library), ctypes.CDLL(library)


def load_cupy():
    """Linked; the wheel of NCCL, where there is one, is loaded before by its path."""
    extension = first_file("cupy_backends", "cuda/libs/nccl*.so")
    if extension is None:
        return "built without NCCL", None
    if wheel_nccl():
        ctypes.CDLL(wheel_nccl(), mode=ctypes.RTLD_GLOBAL)
    return "linked with " + os.path.basename(extension), ctypes.CDLL(extension)


def load_jax():
    """By its bare name, from a plugin whose run path goes to nvidia/nccl/lib."""
    plugins = ("jax_cuda13_plugin", "jax_cuda12_plugin", "jax_plugins.xla_cuda13",
               "jax_plugins.xla_cuda12")
    if not any(folders(plugin) for plugin in plugins):
        return "built without CUDA", None
    if wheel_nccl():
        return "libnccl.so.2, along its run path", ctypes.CDLL(wheel_nccl())
    return "libnccl.so.2", ctypes.CDLL("libnccl.so.2")


def load_xgboost():
    """The wheel of NCCL by its absolute path, else by its bare name."""
    if wheel_nccl():
        return "an absolute path", ctypes.CDLL(wheel_nccl())
    return "libnccl.so.2", ctypes.CDLL("libnccl.so.2")


def load_vllm():
    """What VLLM_NCCL_SO_PATH names, else by the bare name, after torch."""
    named = os.environ.get("VLLM_NCCL_SO_PATH")
    if named:
        return "VLLM_NCCL_SO_PATH", ctypes.CDLL(named)
    load_torch()
    return "libnccl.so.2, after torch", ctypes.CDLL("libnccl.so.2")


# The package that shows that a program is there, its distributions, and how it loads NCCL.
PROGRAMS = {
    "torch": ("torch", ("torch",), load_torch),
    "cupy": ("cupy", ("cupy-cuda13x", "cupy-cuda12x", "cupy-cuda11x", "cupy"), load_cupy),
    "jax": ("jax", ("jax",), load_jax),
    "xgboost": ("xgboost", ("xgboost", "xgboost-cpu"), load_xgboost),
    "vllm": ("vllm", ("vllm",), load_vllm),
}


def mapped(name):
    """The files of this process's memory whose name begins with `name`."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    return sorted(path for path in paths if os.path.basename(path).startswith(name))


def nccl_version(library):
    """As the program would be told: symbols are looked up from what it loaded."""
    version = ctypes.c_int()
    try:
        library.ncclGetVersion(ctypes.byref(version))
    except AttributeError:
        return None
    return version.value


def look_at(name):
    package, distributions, load = PROGRAMS[name]
    if not folders(package):
        return None
    sight = {"version": version_of(*distributions), "way": "", "trouble": "", "libraries": [],
             "nccl_version": None}
    try:
        sight["way"], library = load()
        if library is not None:
            sight["nccl_version"] = nccl_version(library)
    except OSError as error:
        sight["trouble"] = str(error)
    sight["libraries"] = mapped("libnccl.so")
    return sight


def look_at_python():
    libc = ctypes.CDLL(None)
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        name = ""
    libc.getauxval.restype = ctypes.c_ulong
    return {"path": sys.executable, "version": ".".join(map(str, sys.version_info[:3])),
            "libc": name, "secure": libc.getauxval(ctypes.c_ulong(AT_SECURE)) != 0,
            "audited": bool(mapped("libseptet_audit.so"))}


def main():
    about = json.loads(sys.stdin.readline())["about"]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # Libraries may print when they are loaded.
    if sys.path and sys.path[0] == "":
        sys.path.pop(0)  # What is called like a program in this folder is none.
    sight = look_at_python() if about == "python" else look_at(about)
    print(json.dumps({"sight": sight}), file=answers, flush=True)


main()
