# SPDX-License-Identifier: Apache-2.0
"""Words that the house does without, each with what to write instead. CONTRIBUTING.md says why."""

import re
import unittest

import repository

INSTEAD = {
    r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))": "finish it, or name the issue: TODO(#12)",
    r"\busing namespace (?!std::(chrono_)?literals|std::chrono_literals)": "name what is used",
    r"\b[A-Z]\w*(Manager|Helper)\b|\butils?\b": "a noun or verb of the domain",
    r"^\s*#\s*define\b": "a constant, a function or a template",
    r"(?<![.>\w])(?<!void )(?<!\w::)(std::)?(exit|abort)\(":
        "throw septet::Error; only src/cli/ and children may end",
    r"(?<![.>\w])(std::)?(printf|puts)\(": "return or log; only src/cli/ prints",
    r"\bstd::this_thread::sleep_for\b|(?<!\w)(?<!Sleep )u?sleep\(":
        "wait for an event, with a bound",
}
# C's own interfaces need macros and the C library's own words; what is compiled for host and device
# is marked with one macro.
EXEMPT = {r"^\s*#\s*define\b": ("simulate/", "src/communicate/both.hpp")}


def faults_of(name: str, text: str) -> list[str]:
    """Each unwanted word in the code of the file `name`, comments and strings left out."""
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line)
        if "TODO" not in line:
            code = re.sub(r"//.*|^\s*\*.*", "", code)
        for word, instead in INSTEAD.items():
            if re.search(word, code) and not name.startswith(EXEMPT.get(word, ("-",))):
                faults.append(f"{name}:{number}: {line.strip()}: {instead}")
    return faults


class Words(unittest.TestCase):
    def test_sources_do_without_them(self):
        faults = []
        for path in repository.files(".hpp", ".cpp"):
            name = repository.name_of(path)
            tested = name.endswith(("_test.cpp", "_fuzz.cpp"))  # Those end themselves on a fault.
            if name.startswith(("src/", "include/", "simulate/")) and not tested:
                faults += faults_of(name, path.read_text())
        self.assertEqual(faults, [])

    def test_each_word_is_found(self):
        bad = ["// TODO later", "using namespace std;", "class SliceManager {", "#define N 1",
               "  std::exit(1);", '  printf("x");', "  ::usleep(10);"]
        for line in bad:
            self.assertEqual(len(faults_of("src/base/bad.cpp", line)), 1, line)

    def test_good_code_passes(self):
        good = 'using namespace std::chrono_literals;\nthrow_errno("exit(1)");  // puts() aside\n'
        good += "  void abort() noexcept;\nvoid Communicator::abort() noexcept {}\n"
        self.assertEqual(faults_of("src/base/good.cpp", good), [])


if __name__ == "__main__":
    unittest.main()
