"""A run's folder on disk: its files and their checksums, the code that produced it, time and memory of its stages."""
