"""How far running work is: events that it emits, the time that it still takes, and the line in the terminal."""
