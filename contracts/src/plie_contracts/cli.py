"""The `plie-contracts` command, which stands on the [cli] extra; without it, it says so and stops."""

import sys


def main() -> None:
    try:
        from plie_contracts.commands import APP
    except ModuleNotFoundError as missing:
        sys.exit(f"plie-contracts a besoin de plie-contracts[cli] ({missing.name} n’est pas installé)")
    APP(sys.argv[1:])
