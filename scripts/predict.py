"""Score new tweets: `sentiment140 predict` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("predict")
