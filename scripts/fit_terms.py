"""Fit the weights of emoticons, emoji and words: `sentiment140 fit-terms` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("fit-terms")
