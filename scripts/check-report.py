#!/usr/bin/env python3
"""Opens pages of `kedge report` in a headless browser, straight from disk, and looks at what is drawn.

Of every page: nothing is logged, nothing is requested, every chart has marks, every table rows, and the page is no wider than
the screen, at 1280 and at 360 pixels, light and dark. Of a diagnosis besides: colours change with the measure and with the theme,
pointer, touch and keys show both lists of most probable tokens, and text that looks like a script is text.

    "$(scripts/python/venv.sh)" scripts/check-report.py .build/release/kedge
    "$(scripts/python/venv.sh)" scripts/check-report.py .build/release/kedge --screenshots DIR [--pages PAGE ...]

It needs Chromium (Debian: apt-get install chromium), and draws a diagnosis of its own unless told of other pages.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "python"))
from browser import Browser  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SIZES = [(1280, 900, False), (1280, 900, True), (360, 740, False), (360, 740, True)]

EMPTY = """(() => {
  const problems = [];
  const marks = (chart) => chart.querySelectorAll('.drawing rect, .drawing polygon, .drawing path, .drawing circle, .barlist .mark').length;
  for (const chart of document.querySelectorAll('.chart')) {
    if (marks(chart) === 0) problems.push('nothing is drawn: ' + chart.querySelector('h3').textContent);
    const drawing = chart.querySelector('.drawing');
    if (drawing && drawing.getBoundingClientRect().height < 100) problems.push('no height: ' + chart.querySelector('h3').textContent);
    if (/NaN|Infinity|undefined/.test(chart.outerHTML)) problems.push('not a number: ' + chart.querySelector('h3').textContent);
  }
  for (const drawing of document.querySelectorAll('.chart .drawing')) {
    const ends = [...drawing.querySelectorAll('.tick.middle')].map((label) => label.getBoundingClientRect()).sort((a, b) => a.left - b.left);
    if (ends.some((box, index) => index > 0 && box.left < ends[index - 1].right)) {
      problems.push('labels of ticks overlap: ' + drawing.closest('.chart').querySelector('h3').textContent);
    }
  }
  for (const table of document.querySelectorAll('.table')) {
    if (table.querySelectorAll('tbody td').length === 0) problems.push('an empty table: ' + table.textContent.slice(0, 60));
  }
  if (document.querySelectorAll('.chart').length === 0) problems.push('no chart');
  if (/\\[object |undefined|NaN/.test(document.getElementById('page').innerText.replace(/window\\.hacked.*/g, ''))) problems.push('a slip of the scripts is shown');
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) problems.push('wider than the screen: ' + document.documentElement.scrollWidth);
  if (window.hacked !== undefined) problems.push('a script of the text ran');
  return problems;
})()"""

CONTRAST = """(() => {
  const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g).map(Number); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
  let least = 99;
  for (const cell of document.querySelectorAll('.cell')) {
    const style = getComputedStyle(cell);
    if (style.backgroundImage !== 'none' || style.backgroundColor === 'rgba(0, 0, 0, 0)') continue;
    const pair = [light(style.backgroundColor), light(style.color)].sort((a, b) => b - a);
    least = Math.min(least, (pair[0] + 0.05) / (pair[1] + 0.05));
  }
  return least;
})()"""

FEW_TICKS = """[...document.querySelectorAll('.chart.lines, .chart.hexbin')].filter((chart) =>
    chart.querySelectorAll('.drawing .tick.middle').length < 3).map((chart) => chart.querySelector('h3').textContent)"""

# What the lists say of the token of the text, and what the panel says above.
SAME = """[['p', 0], ['q', 1]].flatMap(([key, row]) => {
    const above = document.querySelectorAll('.details dd.wide')[row].textContent;
    return [...document.querySelectorAll(`.details .toplist.${key} li.here .number`)].map((number) => number.textContent)
        .filter((number) => above.split(', ')[0] !== number).map((number) => `${key}: ${above} and ${number}`);
})"""

COLOURS = "[...document.querySelectorAll('.cell')].map((cell) => cell.style.background).join('|')"
LISTS = "[...document.querySelectorAll('.details .toplist')].map((list) => list.querySelectorAll('li').length)"


class Check:
    def __init__(self) -> None:
        self.failures: list[str] = []

    def expect(self, holds: bool, message: str) -> None:
        if not holds:
            self.failures.append(message)
            print("FAILED", message)

    def page(self, browser: Browser, path: Path, screenshots: Path | None) -> None:
        for width, height, dark in SIZES:
            name = f"{path.stem} at {width}, {'dark' if dark else 'light'}"
            browser.open(path, width, height, dark, touch=width < 500)
            for problem in browser.value(EMPTY):
                self.expect(False, f"{name}: {problem}")
            if browser.value("document.querySelectorAll('.cell').length") > 0:
                self.diagnosis(browser, name, width < 500)
            self.choices(browser, name)
            for complaint in browser.complaints():
                self.expect(False, f"{name}: {complaint}")
            if screenshots:
                browser.screenshot(screenshots / f"{path.stem}-{width}-{'dark' if dark else 'light'}.png")

    def choices(self, browser: Browser, name: str) -> None:
        """Every option of every switch is drawn."""
        count = browser.value("document.querySelectorAll('.choice input').length")
        for index in range(count):
            browser.value(f"document.querySelectorAll('.choice input')[{index}].click()")
            browser.settle()
            for problem in browser.value(EMPTY):
                self.expect(False, f"{name}, option {index}: {problem}")

    def diagnosis(self, browser: Browser, name: str, touch: bool) -> None:
        seen = set()
        if name.startswith("sample at"):
            for title in browser.value(FEW_TICKS):
                self.expect(False, f"{name}: fewer than three ticks: {title}")
        for index in range(browser.value("document.querySelectorAll('.toolbar input').length")):
            browser.value(f"document.querySelectorAll('.toolbar input')[{index}].click()")
            seen.add(browser.value(COLOURS))
            contrast = browser.value(CONTRAST)
            self.expect(contrast >= 4.5, f"{name}: contrast of {contrast:.2f} in measure {index}")
        # Policies that hardly differ may have the same colours under several divergences.
        self.expect(len(seen) >= (6 if name.startswith("sample at") else 3), f"{name}: {len(seen)} kinds of colours for six measures")
        before = browser.value(COLOURS)
        browser.value("document.querySelector('.theme').click()")
        self.expect(browser.value(COLOURS) != before, f"{name}: the theme changes no colours")
        browser.value("document.querySelector('.theme').click()")
        self.details(browser, name, touch)
        self.hostile(browser, name)

    def details(self, browser: Browser, name: str, touch: bool) -> None:
        place = """(() => { const cells = document.querySelectorAll('.cell'); const cell = cells[Math.min(12, cells.length - 1)];
            document.documentElement.style.scrollBehavior = 'auto'; cell.scrollIntoView({ block: 'center' });
            const box = cell.getClientRects()[0]; return [box.left + 2, box.top + box.height / 2]; })()"""
        x, y = browser.value(place)
        if touch:
            browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            browser.click(x, y)
        else:
            browser.point(x, y)
        browser.settle()
        lists = browser.value(LISTS)
        self.expect(len(lists) == 2 and min(lists) > 0, f"{name}: pointing at a token shows the lists {lists}")
        for slip in browser.value(SAME):
            self.expect(False, f"{name}: two numbers for one probability: {slip}")
        if touch:
            free = """(() => { const box = document.querySelector('.cell.current').getBoundingClientRect();
                return document.querySelector('.details').getBoundingClientRect().top - box.bottom; })()"""
            self.expect(browser.value(free) >= 0, f"{name}: the details hide the token that they are about")
        browser.value("document.querySelector('.reader').focus({ preventScroll: true })")
        text = browser.value("document.querySelector('.details').innerText")
        browser.press("ArrowRight")
        browser.press("ArrowRight")
        browser.press("ArrowDown")
        browser.settle()
        self.expect(browser.value("document.querySelectorAll('.cell.current').length") == 1, f"{name}: keys choose no token")
        self.expect(browser.value("document.querySelector('.details').innerText") != text, f"{name}: keys change nothing")
        browser.press("Escape")

    def hostile(self, browser: Browser, name: str) -> None:
        """Every sequence is drawn, with as many tokens as it has, and what looks like a script is text."""
        slips = browser.value("""(() => {
            const data = JSON.parse(document.getElementById('data').textContent);
            const find = (blocks) => blocks.map((block) => block.type === 'tokens' ? block : block.blocks ? find(block.blocks) : null).find(Boolean);
            const block = find(data.blocks);
            const select = document.querySelector('.toolbar select');
            const slips = [];
            const strip = (text) => text.replace(/[^A-Za-z<>/=]/g, '');
            block.sequences.forEach((sequence, index) => {
                select.value = index;
                select.dispatchEvent(new Event('change'));
                const runs = sequence.runs.reduce((sum, run) => sum + run[1] - 1, 0);
                const cells = document.querySelectorAll('.cell').length;
                if (cells !== sequence.t.length - runs) slips.push(`sequence ${index} has ${cells} cells`);
                const letters = sequence.t.map((place) => (block.table[place] || [])[1] || '').join('');
                const shown = [...document.querySelectorAll('.tokentext')].map((part) => part.textContent).join('');
                if (/<script>/.test(letters) && !shown.replace(/\\s/g, '').includes('<script>')) slips.push('a script is not shown as text');
            });
            if (document.querySelectorAll('#page script, #page img, #page iframe').length > 0) slips.push('text became elements');
            return slips;
        })()""")
        for slip in slips:
            self.expect(False, f"{name}: {slip}")
        self.expect(browser.value("window.hacked === undefined"), f"{name}: a script of the text ran")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="the built kedge")
    parser.add_argument("--pages", type=Path, nargs="*", help="pages to look at besides the sample")
    parser.add_argument("--screenshots", type=Path, help="a directory for pictures of whole pages")
    parser.add_argument("--browser", help="the browser (default: the first Chromium on the path)")
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    check = Check()
    with tempfile.TemporaryDirectory() as directory, Browser(arguments.browser) as browser:
        from sample_diagnosis import write

        diagnosis, page = Path(directory) / "sample.h5", Path(directory) / "sample.html"
        counts = write(diagnosis, ROOT / "scripts/sample/traces.jsonl")
        subprocess.run([arguments.program.resolve(), "report", diagnosis, "--output", page], check=True, capture_output=True)
        print(json.dumps({**counts, "page_bytes": page.stat().st_size}))
        for path in [page, *(arguments.pages or [])]:
            check.page(browser, path, arguments.screenshots)
            print("looked at", path.name)
        browser.close()
    if check.failures:
        raise SystemExit(f"{len(check.failures)} failures")
    print("all as it should be")


if __name__ == "__main__":
    main()
