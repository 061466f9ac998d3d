# SPDX-License-Identifier: Apache-2.0
"""Man pages and help as people see them. SEPTET_PROGRAM names the program."""

import os
import re
import shutil
import subprocess
import unittest

PROGRAM = os.environ["SEPTET_PROGRAM"]


def septet(*arguments: str) -> str:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=True,
                          timeout=60).stdout


def verbs() -> list[str]:
    return re.findall(r"^  ([a-z-]+)  ", septet("--help").partition("\nVerbs\n")[2], re.MULTILINE)


class Man(unittest.TestCase):
    @unittest.skipUnless(shutil.which("groff") or shutil.which("man"), "man-db is not installed")
    def test_every_page_renders_without_a_warning(self):
        for verb in ["", *verbs()]:
            page = septet("man", *([verb] if verb else []))
            shown = subprocess.run(["man", "--warnings=w", "-l", "-"], input=page, text=True,
                                   capture_output=True, timeout=60,
                                   env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual((shown.returncode, shown.stderr), (0, ""), verb)
            self.assertIn("SYNOPSIS", shown.stdout)


class Help(unittest.TestCase):
    def test_every_verb_shows_examples(self):
        self.assertGreaterEqual(len(verbs()), 11)
        for verb in verbs():
            self.assertRegex(septet(verb, "--help"), rf"\nExamples\n  .*septet {verb}", verb)

    def test_no_line_is_wider_than_the_terminal(self):
        for verb in verbs():
            table = septet(verb, "--help").partition("\nExamples\n")[0]
            wide = [line for line in table.splitlines() if len(line) > 80]
            self.assertEqual(wide, [], verb)


if __name__ == "__main__":
    unittest.main()
