"""A run's folder on disk: its files, written whole and checked; the code that made it; memory."""
