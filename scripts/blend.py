"""Blend, score and export a trained run: `sentiment140 blend` in this checkout."""

from launch import launch

if __name__ == "__main__":
    launch("blend")
