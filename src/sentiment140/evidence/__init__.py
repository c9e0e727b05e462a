"""What emoticons, emoji and words with a known polarity say about a tweet, apart from the trained models."""
