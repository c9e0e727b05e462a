"""Measure how the scores grow with the number of tweets: `sentiment140 learning-curve` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("learning-curve")
