"""What tests share: paths, a server of files that misbehaves, a run with synthetic numbers."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
