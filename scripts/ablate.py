"""Measure the effect of each choice: `sentiment140 ablate` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("ablate")
