"""The browser in which tests open the package's pages."""

from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs chromium")
