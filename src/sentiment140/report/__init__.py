"""The report of a run: its tables, plots and page, all from the files of the run."""
