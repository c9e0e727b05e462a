"""How good a run is: metrics with intervals, error analysis, comparison of models; all in one typed `RunScores`."""
