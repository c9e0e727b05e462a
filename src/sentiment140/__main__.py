"""`python -m sentiment140 COMMAND`."""

from sentiment140.cli import main

if __name__ == "__main__":
    main()
