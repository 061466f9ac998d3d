# SPDX-License-Identifier: Apache-2.0
"""Runs functions of a test in a process that sees simulated GPUs."""

import json
import os
import pathlib
import subprocess
import sys

PROGRAM = os.environ["SEPTET_PROGRAM"]
HERE = pathlib.Path(__file__).parent

CALL = """
import importlib, json, sys
module, name, arguments = json.loads(sys.argv[1])
print(json.dumps(getattr(importlib.import_module(module), name)(*arguments)))
"""


def septet_simulate(*words, **options):
    """`septet simulate WORDS`, to its end."""
    options = {"capture_output": True, "text": True, "timeout": 100, "cwd": HERE} | options
    return subprocess.run([PROGRAM, "simulate", *words], **options)


def simulated(spec, function, *arguments, options=(), through=()):
    """What `function(*arguments)` answers among the GPUs of `spec`; both pass through JSON.

    `through` goes before Python on the command line: a verb of septet that runs a command.
    """
    call = json.dumps([function.__module__, function.__name__, arguments])
    words = [*options, *([spec] if spec else []), "--", *through, sys.executable, "-c", CALL, call]
    done = septet_simulate(*words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
