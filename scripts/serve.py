"""Serves a trained model over HTTP: a page to type tweets into, and an endpoint for programs.

python scripts/serve.py                                   then open http://127.0.0.1:8140
curl http://127.0.0.1:8140/predict -d '{"texts": ["I love it"], "explain": true}'
"""

import in_environment  # noqa: F401, I001 - before all that is installed there
from sentiment140 import cli
from sentiment140.cli import scoring


def main() -> None:
    """Parses, serves."""
    parser = cli.parser(__doc__)
    scoring.serve_arguments(parser)
    scoring.serve(parser.parse_args())


if __name__ == "__main__":
    cli.guarded(main)
