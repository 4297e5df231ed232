"""`plie-reporting`: serve, migrate and administer the instance, and rebuild its store."""

import sys

from plie_chassis import collector
from plie_chassis.cli import build, instance_of, run
from plie_reporting.app import SERVICE
from plie_reporting.rebuild import Progress

main = build(SERVICE)


@main.command
def rebuild() -> None:
    """Read every stream anew from its beginning, then switch; the service goes on meanwhile."""
    from plie_reporting.rebuild import rebuild as rebuild_store

    shown = sys.stderr.isatty()

    def say(progress: Progress) -> None:
        if shown:
            print(f"\r{progress.read} / {progress.whole}", end="", file=sys.stderr, flush=True)

    collector.look_rarely()

    async def rebuilt() -> None:
        async with instance_of(SERVICE) as runtime:
            done = await rebuild_store(runtime, say)
        if shown:
            print(file=sys.stderr)
        print(f"{done.read} records read, the store is rebuilt")

    run(rebuilt)
