# SPDX-License-Identifier: Apache-2.0
"""What libnccl.so.2 exports: exports.txt, each name twice, and what others' programs import."""

import os
import pathlib
import re
import subprocess

import pytest

import nccl_declarations

LIB = pathlib.Path(os.environ["SEPTET_BUILD"]) / "lib"
LIBRARIES = [path for path in (LIB / "standin" / "libnccl.so.2", LIB / "septet" / "libnccl.so.2")
             if path.exists()]
IMPORTS = sorted((pathlib.Path(__file__).parent / "imports").glob("*.txt"))


def tool(*command):
    """What a program of binutils prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def defined(library):
    """Name -> address of what the library exports."""
    rows = (line.split() for line in tool("nm", "-D", "--defined-only", library).splitlines())
    return {name: address for address, kind, name in rows if kind in "TWAVBD"}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda path: path.parent.name)
class TestLibrary:
    def test_exports_each_name_of_the_list_twice_and_nothing_else(self, library):
        names = nccl_declarations.exports()
        assert len(names) > 80
        assert sorted(defined(library)) == sorted(names + [f"p{name}" for name in names])

    def test_both_names_are_one_function(self, library):
        addresses = defined(library)
        for name in nccl_declarations.exports():
            assert addresses[name] == addresses[f"p{name}"], name

    def test_has_nccl_s_soname_and_stays_loaded(self, library):
        text = tool("readelf", "-d", library)
        assert "soname: [libnccl.so.2]" in text
        assert "NODELETE" in text

    def test_names_have_no_versions(self, library):
        text = tool("readelf", "-V", "-W", library)
        assert "Version definition" not in text

    def test_needs_the_c_library_alone(self, library):
        needed = re.findall(r"\(NEEDED\).*\[(.*?)\]", tool("readelf", "-d", library))
        allowed = re.compile(r"lib(c|m|dl|rt|pthread)\.so\.\d|ld-linux.*")
        assert [each for each in needed if not allowed.fullmatch(each)] == []


def test_the_list_is_what_the_headers_declare():
    assert sorted(nccl_declarations.exports()) == sorted(nccl_declarations.declared())


@pytest.mark.parametrize("imports", IMPORTS, ids=lambda path: path.stem)
def test_has_what_a_program_imports(imports):
    wanted = {line for line in imports.read_text().splitlines() if not line.startswith("#")}
    assert wanted
    names = nccl_declarations.exports()
    assert wanted - {*names, *(f"p{name}" for name in names)} == set()
