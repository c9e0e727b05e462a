"""Find or download the data: `sentiment140 fetch` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("fetch")
