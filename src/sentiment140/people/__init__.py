"""Tweets labeled by people: what the terms of the evidence are worth, and how good a model is by people's labels."""
