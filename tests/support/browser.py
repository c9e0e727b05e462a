"""The browser in which tests open the package's pages."""

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()
LIGHT, DARK = (f"--blink-settings=preferredColorScheme={scheme}" for scheme in (1, 0))
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium")

# [contrast, text] of every text that can be seen outside of drawings, the lowest contrast first (WCAG 2.2, 1.4.3).
CONTRASTS = """(() => {
  const colors = (text) => [...text.matchAll(/rgba?\\(([^)]*)\\)|color\\(srgb ([^)]*)\\)/g)].map(([, rgb, srgb]) => {
    const [r, g, b, a = 1] = (rgb ?? srgb).split(/[ ,/]+/).map(Number);
    return rgb ? [r, g, b, a] : [255 * r, 255 * g, 255 * b, a];
  });
  const over = ([r, g, b, a], below) => [...[r, g, b].map((value, i) => a * value + (1 - a) * below[i]), 1];
  const behind = (element) => {
    if (!element) return [[255, 255, 255, 1]];
    const { backgroundImage, backgroundColor } = getComputedStyle(element), image = colors(backgroundImage);
    if (image.length) return image;  // of a gradient each color
    return behind(element.parentElement).map((below) => over(colors(backgroundColor)[0], below));
  };
  const linear = (value) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => {
    const [r, g, b] = color.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (color, below) => {
    const [dark, light] = [luminance(over(color, below)), luminance(below)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const add = (element, color, text) =>
    found.push([Math.min(...behind(element).map((below) => contrast(colors(color)[0], below))), text]);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (!text || element.closest("svg, script, noscript") || !element.checkVisibility()) continue;
    add(element, getComputedStyle(element).color, text);
  }
  for (const element of document.querySelectorAll("textarea"))
    add(element, getComputedStyle(element, "::placeholder").color, element.placeholder);
  return found.sort(([a], [b]) => a - b);
})()"""


def browse(folder: Path, page: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page, given as HTML, in the browser with these flags; `folder` is for its files."""
    (folder / "opened.html").write_text(page)
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", *flags]
    return subprocess.run(
        [*command, (folder / "opened.html").as_uri()], capture_output=True, text=True, timeout=120, check=True
    )


def evaluate(folder: Path, page: str, expression: str, *flags: str, width: int = 1280) -> Any:
    """The value of a JavaScript expression in a page, given as HTML, in a window of 800 lines and this width.

    The page is in a frame, since the browser's own windows are at least 500 pixels wide.
    """
    script = f"<script>(async () => parent.postMessage(JSON.stringify(await ({expression})), '*'))();</script>"
    (folder / "framed.html").write_text(page.replace("</body>", f"{script}</body>"))
    listen = "<script>onmessage = ({ data }) => { document.title = data; };</script>"
    frame = f'{listen}<iframe width="{width}" height="800" style="border: 0" src="framed.html"></iframe>'
    flags = ("--dump-dom", "--virtual-time-budget=5000", f"--window-size={max(width, 500) + 50},900", *flags)
    done = browse(folder, f"<!DOCTYPE html><title></title><body>{frame}</body>", *flags)
    if errors := [line for line in done.stderr.splitlines() if "CONSOLE" in line]:
        raise AssertionError("\n".join(errors))
    title = re.search("<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title
    return json.loads(html.unescape(title[1]))
