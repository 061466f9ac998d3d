# SPDX-License-Identifier: Apache-2.0
"""What drives the programs of others on GPUs reads their outcomes rightly. Needs no GPU."""

import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).with_name("nccl")))

import model_speeds  # noqa: E402
import nccl_perf  # noqa: E402
import pytorch_own_tests as own  # noqa: E402

NCCL_TESTS = """# nccl-tests version 2.19.6 nccl-headers=22809 nccl-library=23007
           8             2     float     sum      -1    12.3    0.00    0.00       0    11.0    0.00
          16             4  bfloat16    prod       0    12.4    0.00    0.00       1    11.0    0.00
# Out of bounds values : 1 FAILED
# Avg bus bandwidth    : 1.25
"""


def row(**changed) -> dict:
    return {"binary": "reduce", "ranks": 2, "options": ("-r", "-1"), "split": "", "rows": 25,
            "wrong": 0, "exit": 0, "seconds": 3.0, "busbw": 1.0} | changed


def outcomes(first: str, second: str) -> dict:
    return {"nvidia": {"outcome": first, "text": ""}, "septet": {"outcome": second, "text": ""}}


def test_rows_and_wrong_values_of_nccl_tests_are_counted():
    found = nccl_perf.figures(NCCL_TESTS)
    assert found == {"wrong": 1, "busbw": 1.25, "library": 23007, "rows": 2}


def test_line_is_right_only_when_it_ended_with_rows_and_nothing_wrong():
    assert nccl_perf.is_right(row())
    for broken in ({"wrong": 1}, {"wrong": None}, {"exit": "time over"}, {"rows": 0}):
        assert not nccl_perf.is_right(row(**broken))


def test_cause_of_a_failed_line_is_what_the_program_said_first():
    text = "# Using devices\nvm: Test NCCL failure common.cu:12 'remote'\nmpirun ended\n"
    assert nccl_perf.told(text) == ["vm: Test NCCL failure common.cu:12 'remote'"]
    assert nccl_perf.told("one\ntwo\n") == ["one", "two"]


def test_matrix_has_every_program_with_every_number_of_ranks():
    options = type("Options", (), {"ranks": [2, 7], "largest": "8"})
    lines = nccl_perf.lines_of(options)
    assert len({line.key() for line in lines}) == len(lines)
    assert {line.binary for line in lines if line.ranks == 2} == set(nccl_perf.EVERY)
    assert {line.binary for line in lines if line.ranks == 7} == {*nccl_perf.EVERY} - {"hypercube"}


def test_summary_says_what_went_wrong_and_what_was_not_run():
    text = nccl_perf.summary([row(), row(wrong=2)], [nccl_perf.Line("scatter", 4, ())])
    assert "BAD  reduce" in text
    assert text.endswith("1 of 2 lines right, 1 not run: 1 scatter")


def test_lines_take_slices_in_order():
    slices, taken = nccl_perf.Slices(3), []

    def take(count: int, turn: int) -> None:
        slices.take(count, turn)
        taken.append(turn)

    # The second wants more than is free: the third, which would fit, does not overtake it.
    threads = [threading.Thread(target=take, args=each) for each in ((2, 0), (3, 1), (1, 2))]
    for thread in threads:
        thread.start()
    threads[0].join()
    slices.give(2)
    threads[1].join()
    slices.give(3)
    threads[2].join()
    assert taken == [0, 1, 2]


def test_budget_stops_lines_from_beginning():
    options = type("Options", (), {"budget": -1, "slices": 2, "limit": 1})
    began = time.monotonic()
    nccl_perf.run_all(options, [nccl_perf.Line("scatter", 2, ())] * 3, lambda found: 1 / 0)
    assert time.monotonic() - began < 30


def test_line_that_the_budget_cuts_short_has_no_outcome(monkeypatch):
    options = type("Options", (), {"limit": 60})
    line = nccl_perf.Line("scatter", 2, ())
    monkeypatch.setattr(nccl_perf, "command", lambda *_: ["sh", "-c", "exec sleep 60"])
    assert nccl_perf.run(options, line, 0.2) is None
    options.limit = 0.1
    assert nccl_perf.run(options, line, 0.2)["exit"] == "time over"


def test_outcome_of_a_test_is_read_from_what_unittest_prints():
    assert own.outcome_of("Ran 1 test\n\nOK\n", 0, False) == "ok"
    assert own.outcome_of("Ran 1 test\n\nOK (skipped=1)\n", 0, False) == "skipped"
    assert own.outcome_of("Ran 0 tests\n\nNO TESTS RAN (skipped=1)\n", 5, False) == "skipped"
    assert own.outcome_of("Ran 1 test\n\nFAILED (failures=1)\n", 1, False) == "failed"
    assert own.outcome_of("Ran 1 test\n\nFAILED (errors=1)\n", 1, False) == "error"
    assert own.outcome_of("Aborted", -6, False) == "died -6"
    assert own.outcome_of("", -9, True) == "time over"


def test_own_tests_go_on_where_a_run_before_ended(tmp_path):
    file = tmp_path / "before.json"
    file.write_text(json.dumps({"results": {
        "A.one": {"nvidia": {"outcome": "ok"}, "septet": {"outcome": "failed"}},
        "A.two": {"nvidia": {"outcome": "ok"}, "septet": {"outcome": "not run"}},
        "A.late": {"nvidia": {"outcome": "time over"}, "septet": {"outcome": "ok"}},
        "A.three": {"nvidia": {"outcome": "ok"}}}}))
    runs = {"nvidia": {}, "septet": {}}
    assert list(own.earlier(file, runs)) == ["A.one"]
    assert own.earlier(None, runs) == {}


def test_table_tells_differences_from_what_fails_everywhere():
    text = own.table({"A.one": outcomes("ok", "failed"), "A.two": outcomes("error", "error"),
                      "A.three": outcomes("ok", "not run")}, ["B.four"])
    lines = text.splitlines()
    assert lines[0] == "differs: A.one: nvidia ok, septet failed"
    assert "fail with every library: A.two (error)" in lines
    assert lines[-1] == "1 tests left out, which want more GPUs"
    assert own.is_worse(["ok", "failed"])
    assert not own.is_worse(["failed", "ok"]) and not own.is_worse(["ok", "not run"])


def test_speeds_of_a_mode_are_those_of_its_first_rank():
    ranks = [{"rank": rank, "ranks": 2, "library": "/x/libnccl.so.2", "wrong": [], "skipped": {},
              "figures": {"resnet18": {"images_per_second": 100 + rank, "loss": [2.0, 1.0]}}}
             for rank in (1, 0)]
    options = type("Options", (), {"ranks": 2})
    found = model_speeds.summary("septet", options, ranks, 1.0)
    assert found["images_per_second"] == 100 and found["right"]
    ranks[0]["wrong"] = ["resnet18: loss"]
    assert not model_speeds.summary("septet", options, ranks, 1.0)["right"]
