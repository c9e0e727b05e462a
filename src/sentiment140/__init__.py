"""Sentiment140: a Conv1D+LSTM ensemble, its honest scores, and the scoring of new tweets."""
