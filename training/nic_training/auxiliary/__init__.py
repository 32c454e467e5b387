"""Auxiliary models: small networks beside a base model, trained with it frozen (codec/models/README.md).

Every module of this package but `common` is one kind, with `add_arguments(parser)` and `run(arguments)`, which
trains, exports and prints the gain. A kind is imported only when it is asked for.
"""
from __future__ import annotations

import argparse
import importlib
import pkgutil


def kinds() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != 'common')


def main(kind: str, words: list[str]) -> None:
    """Run a kind with the command line that follows its name."""
    module = importlib.import_module(f'{__name__}.{kind}')
    parser = argparse.ArgumentParser(prog=f'nic_training aux {kind}', description=module.__doc__.splitlines()[0])
    module.add_arguments(parser)
    module.run(parser.parse_args(words))
