# SPDX-License-Identifier: Apache-2.0
"""The report.html of a real sweep in headless Chromium: it draws everything and asks nobody."""

import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from launching import PATIENCE, Folder

# Of ten trials one fails for good, one at first, and two are pruned.
TRIAL = """
import json, os, sys, time
lr, trial, attempt = float(sys.argv[1]), int(sys.argv[2]), int(os.environ["SEPTET_ATTEMPT"])
if trial % 10 == 5 or (trial % 10 == 6 and attempt == 1):
    sys.exit("out of memory & <b>patience</b> </script>")
for step in range(1, 8):
    loss = 50 if trial % 10 in (2, 9) else lr + 1 / step
    print(json.dumps({"step": step, "loss": loss, "accuracy": 1 / loss}), flush=True)
while trial % 10 in (2, 9):
    time.sleep(0.01)
"""


def chromium():
    """The browser's path. A snap (Ubuntu) sees neither /tmp nor this folder."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this host: scripts/install-dependencies installs Debian's")
    if "/snap/" in os.path.realpath(path) or b"/snap/bin" in pathlib.Path(path).read_bytes()[:4096]:
        pytest.skip("chromium is a snap here, which cannot read the report")
    return path


class Section(html.parser.HTMLParser):
    """Of each section: its elements and its text."""

    def __init__(self, page):
        super().__init__()
        self.name = None
        self.tags = {}
        self.text = {}
        self.hidden = set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "section":
            self.name = attributes["id"]
            self.tags[self.name], self.text[self.name] = [], ""
            if "hidden" in attributes:
                self.hidden.add(self.name)
        elif self.name:
            self.tags[self.name].append((tag, attributes))

    def handle_endtag(self, tag):
        if tag == "section":
            self.name = None

    def handle_data(self, data):
        if self.name:
            self.text[self.name] += data

    def count(self, section, tag):
        return sum(name == tag for name, _ in self.tags[section])


def asked_by_pages(log):
    """URLs beside files, as the browser's network log has them. Those that no page asks for are the
    browser's own affair: it looks for updates.
    """
    requests = [event["params"] for event in log["events"] if "url" in event.get("params", {})]
    return {request["url"] for request in requests
            if request.get("initiator", "not an origin") != "not an origin"
            and not request["url"].startswith("file:")}


class Browser:
    """One visit of a page in headless Chromium."""

    def __init__(self, folder, page):
        net_log = folder / "net.json"
        result = subprocess.run(
            [chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={folder / 'profile'}", f"--log-net-log={net_log}",
             "--enable-logging=stderr", "--window-size=1000,800",
             f"--screenshot={folder / 'page.png'}", "--dump-dom", page.as_uri()],
            capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.dom = result.stdout
        self.picture = folder / "page.png"
        self.console = [line for line in result.stderr.splitlines() if "CONSOLE" in line]
        self.asked = asked_by_pages(json.loads(net_log.read_text()))


@pytest.fixture(scope="module")
def visit():
    folder = Folder()
    try:
        status, _, err = folder.run(
            "sweep", "-q", "-n", "3", "--optuna", "study.db", "--python", sys.executable,
            "--pruner", "threshold(upper=20)", "--metric", "loss", "--trials", "20", "--retries",
            "1", "--retry-delay", "10ms", "--random", "lr=loguniform(1e-4,1)", "--grid",
            "act=relu,tanh", "--", sys.executable, "-c", TRIAL, "{lr}", "{trial}")
        assert status == 2, err
        yield Browser(folder.path, folder.path / "septet-sweep/report.html")
    finally:
        folder.remove()


def test_everything_is_drawn(visit):
    page = Section(visit.dom)
    assert page.hidden == set()
    assert page.count("curves", "path") == 18  # All but the two that wrote nothing.
    assert page.count("parallel", "path") == 18
    assert page.count("importance", "rect") == 2
    assert page.count("timeline", "rect") == 24  # With the second attempts of four trials.
    assert page.count("trials", "tr") == 21
    for name in ("act", "lr", "loss"):
        assert name in page.text["parallel"]
    for text in ("trial 5", "trial 15", "status 1", "2 attempts",
                 "out of memory & <b>patience</b> </script>"):
        assert text in page.text["failures"]
    assert "pruned" in page.text["trials"]
    heights = [float(attributes["height"]) for tag, attributes in page.tags["timeline"]
               if tag == "rect"]
    assert set(heights) == {17}


def test_numbers_are_numbers(visit):
    drawn = visit.dom[:visit.dom.index('id="data"')]
    assert "NaN" not in drawn and "Infinity" not in drawn and "undefined" not in drawn
    assert visit.picture.read_bytes().startswith(b"\x89PNG")


def test_nothing_is_asked_of_the_network_and_nothing_goes_wrong(visit):
    assert visit.console == []
    assert visit.asked == set()


def test_a_page_that_asks_or_goes_wrong_would_be_seen(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<img src="http://127.0.0.1:9/x.png"><script>nothing.here();</script>')
    visit = Browser(tmp_path, page)
    assert visit.asked == {"http://127.0.0.1:9/x.png"}
    assert "nothing is not defined" in visit.console[0]


def test_the_page_itself_forbids_the_network(visit):
    policy = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]*)"', visit.dom)
    assert policy and "default-src 'none'" in policy[1]
    data = json.loads(re.search(r'id="data">(.*?)</script>', visit.dom, re.DOTALL)[1])
    assert data["total"] == 20
