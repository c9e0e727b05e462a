"""Run every stage: `sentiment140 run` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("run")
