# SPDX-License-Identifier: Apache-2.0
"""No two headers define a type of one name: a program that links both takes either for both."""

import collections
import re
import unittest

import repository

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{")
TYPE = re.compile(r"^(?:class|struct|enum class) (?:alignas\(.*?\) )?(\w+)[^;]*\{")


def types_of(text: str) -> set[str]:
    """The types that a header defines, with their namespace."""
    namespace, found = "", set()
    for line in text.splitlines():
        if match := NAMESPACE.match(line):
            namespace = match[1]
        elif match := TYPE.match(line):
            found.add(f"{namespace}::{match[1]}")
    return found


def defined_twice(headers: dict[str, str]) -> list[str]:
    """Each type with the names of the headers that define it, where there are several."""
    places = collections.defaultdict(list)
    for name, text in headers.items():
        for each in types_of(text):
            places[each].append(name)
    return [f"{each}: {', '.join(names)}" for each, names in sorted(places.items())
            if len(names) > 1]


class Names(unittest.TestCase):
    def test_every_type_has_a_name_of_its_own(self):
        headers = {repository.name_of(path): path.read_text()
                   for path in repository.files(".hpp", ".cuh")
                   if path.name[:4] != "test" and "tests" not in path.parts}
        headers = {name: text for name, text in headers.items()
                   if name.startswith(("src/", "include/"))}
        self.assertGreater(sum(len(types_of(text)) for text in headers.values()), 100)
        self.assertEqual(defined_twice(headers), [])

    def test_a_second_definition_is_found(self):
        one = "namespace septet {\nstruct Layout {\n};\nclass Other;\n}\n"
        two = "namespace septet {\nclass Layout : Base {\n};\nclass Other {\n};\n}\n"
        self.assertEqual(defined_twice({"a.hpp": one, "b.hpp": two}),
                         ["septet::Layout: a.hpp, b.hpp"])
        other = two.replace("namespace septet", "namespace septet::bench")
        self.assertEqual(defined_twice({"a.hpp": one, "b.hpp": other}), [])


if __name__ == "__main__":
    unittest.main()
