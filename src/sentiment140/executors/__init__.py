"""How tasks run. Executors know no fold and no tweet."""
