"""Write the report of a run: `sentiment140 report` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("report")
