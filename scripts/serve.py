"""Serve a model over HTTP: `sentiment140 serve` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("serve")
