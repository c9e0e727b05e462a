"""Evaluation of a run: metrics with intervals, error analysis and model comparison, all in one typed `RunScores`."""
