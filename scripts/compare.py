"""Compare models on the same folds: `sentiment140 compare` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("compare")
