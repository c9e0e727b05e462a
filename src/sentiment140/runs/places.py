"""Where runs and data are."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
IN_CHECKOUT = (CHECKOUT / "pyproject.toml").is_file()
ROOT = CHECKOUT if IN_CHECKOUT else Path.cwd()
"""The folder that holds runs and data: the checkout of this package, or else the current folder."""
SUBMISSIONS = ROOT / "submissions"
