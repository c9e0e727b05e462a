"""Serve a trained model over HTTP: a page to type tweets into, an endpoint for programs.

{prog}                                   then open http://127.0.0.1:8140
curl http://127.0.0.1:8140/predict -d '{"texts": ["I love it"], "explain": true}'
"""

import argparse

from sentiment140.cli.arguments import SUBMISSIONS, add_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for all (%(default)s)")
    parser.add_argument("--port", type=int, default=8140, metavar="N", help="0: any that is free (%(default)s)")
    add_model(parser)


def run(arguments: argparse.Namespace) -> None:
    """Serves the model until the process is stopped."""
    from sentiment140.serving import service
    from sentiment140.serving.predictor import Predictor, choose_model

    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    service.serve(Predictor(manifest, folder), f"{manifest.run}/{folder.name}", arguments.host, arguments.port)
