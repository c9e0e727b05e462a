"""Tell texts on the command line from flags: `-_-` and `:-(` are texts, `--inputt` is a misspelled flag."""

import argparse
import re
from collections.abc import Sequence

_LIKE_A_FLAG = re.compile(r"--?[A-Za-z][\w-]*(=.*)?", re.DOTALL)


def texts_last(parser: argparse.ArgumentParser, given: Sequence[str]) -> list[str]:
    """Put the texts of a command line behind `--`, so that argparse takes none for a flag.

    An argument that begins with a hyphen is a text unless it is a flag of the parser or looks like one: hyphens
    followed by a word. Whatever follows the first `--` is a text; a `--` at the very end is one itself.

    Args:
        parser: the parser with all flags.
        given: the arguments as they were typed.

    Returns:
        The same arguments: flags with their values first, then `--` and the texts, if there are any.

    Examples:
        >>> parser = argparse.ArgumentParser()
        >>> _ = parser.add_argument("--model")
        >>> texts_last(parser, ["-_-", "--model", "a", "fine"])
        ['--model', 'a', '--', '-_-', 'fine']
    """
    flags, texts, position = list[str](), list[str](), 0
    while position < len(given):
        argument, position = given[position], position + 1
        if argument == "--" and position < len(given):
            texts += given[position:]
            break
        if not argument.startswith("-") or not _LIKE_A_FLAG.fullmatch(argument):
            texts.append(argument)
            continue
        flags.append(argument)
        for _ in range(_values(parser, argument)):
            if position == len(given) or _LIKE_A_FLAG.fullmatch(given[position]) or given[position] == "--":
                break
            flags.append(given[position])
            position += 1
    return [*flags, "--", *texts] if texts else flags


def _values(parser: argparse.ArgumentParser, flag: str) -> int:
    """Return how many of the following arguments may be values of a flag; 0 for an unknown one.

    Raises:
        SystemExit: the parser has no such flag; it prints the most similar one.
    """
    name, equals, _ = flag.partition("=")
    actions = parser._option_string_actions  # argparse offers no public way to list the flags
    matches = [known for known in actions if known == name] or [known for known in actions if known.startswith(name)]
    if not matches:
        from difflib import get_close_matches

        similar = get_close_matches(f"--{name.lstrip('-')}", actions, n=1, cutoff=0.75)
        hint = f": did you mean {similar[0]}?" if similar else ""
        parser.error(f'unknown flag "{name}"{hint} (a text that begins with a hyphen goes behind --)')
    nargs = actions[matches[0]].nargs
    if equals or nargs == 0:
        return 0
    return 1_000_000 if nargs == "+" else 1
