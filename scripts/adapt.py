"""Adapt a model to labeled tweets: `sentiment140 adapt` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("adapt")
