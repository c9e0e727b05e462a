"""Tables, plots and the page of a run: read only the files of the run."""
