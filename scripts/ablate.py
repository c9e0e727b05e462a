"""Measures what each choice is worth: `sentiment140 ablate` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("ablate")
