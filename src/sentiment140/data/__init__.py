"""Tweets and word vectors: where they come from, how they are downloaded, read, and converted to arrays."""
