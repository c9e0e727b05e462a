"""Train every member on every fold: `sentiment140 train` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("train")
