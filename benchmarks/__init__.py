"""Benchmarks and stress tests of this project. They are not installed, and the package never imports them."""
