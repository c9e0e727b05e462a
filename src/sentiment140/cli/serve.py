"""Serve a trained model over HTTP: a web page for people, an endpoint for programs.

Examples:
  # The newest finished run; then open http://127.0.0.1:8140 in a browser
  {prog}

  # The ensemble of another run, for every machine of the network
  {prog} --model submissions/standard --quality best --host 0.0.0.0

  # The newest run, behind a reverse proxy that passes on its name
  {prog} --allow-host tweets.example.org --access-log

  # Score a text from a program, with the words that moved its probability
  curl http://127.0.0.1:8140/predict -d '{"texts": ["I love it"], "explain": true}'

/health says whether the service runs, /ready whether it has capacity, /metrics has figures for Prometheus, and
/openapi.json describes requests, responses and limits. Serves until it is stopped with Ctrl-C.
"""

import argparse
from dataclasses import asdict

from sentiment140.cli.scoring_arguments import add_labels, add_model, add_terms, check_labels, terms_from
from sentiment140.runs.places import SUBMISSIONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 or ::, all addresses, without authentication or TLS (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=8140, metavar="N", help="port to listen on; 0: any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="name by which browsers and proxies may reach the service, beside IP addresses, localhost and the name of "
        "this machine; may be repeated (default: none)",
    )
    parser.add_argument(
        "--access-log", action="store_true", help="print one line for each request, without texts (default: no lines)"
    )
    add_model(parser)
    add_labels(parser)
    add_terms(parser)


def run(arguments: argparse.Namespace) -> None:
    """Serve the model until the process is stopped."""
    from sentiment140.serving.choose import choose_model
    from sentiment140.serving.models import Model
    from sentiment140.serving.predictor import Predictor
    from sentiment140.serving.service.server import serve

    folder, manifest = choose_model(arguments.model, SUBMISSIONS, arguments.quality)
    labels = check_labels(arguments, manifest)
    predictor = Predictor(Model(manifest, folder), labels=labels, **asdict(terms_from(arguments)))
    name = f"{manifest.run}/{folder.name}"
    serve(predictor, name, arguments.host, arguments.port, arguments.allow_host, arguments.access_log)
