"""`plie-demo`: the whole platform on one machine."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from plie_deploy import state, status, summary
from plie_deploy.plan import Plan, Scale
from plie_deploy.processes import Unavailable
from plie_deploy.state import Process, State
from plie_deploy.supervisor import Supervisor

_DETACHED = "PLIE_DEMO_DETACHED"
_END_SECONDS = 30.0

DataDir = Annotated[Path, Parameter(name="--data-dir")]
Flag = Annotated[bool, Parameter(negative="")]

app = App(
    name="plie-demo", help="The whole platform on this machine, with its own Kafka and PostgreSQL.", version_flags=[]
)


def main() -> None:
    try:
        app()
    except Unavailable as problem:
        sys.exit(str(problem))
    except PermissionError as error:
        sys.exit(f"{error.filename} cannot be written")
    except KeyboardInterrupt:
        sys.exit(130)


@app.command
def up(
    *,
    detach: Flag = False,
    scale: Scale | None = None,
    data_dir: DataDir = Path(".demo"),
    port_offset: int = 0,
) -> None:
    """Start everything: in the foreground until Ctrl-C, or with --detach until `plie-demo down`.

    Parameters
    ----------
    detach
        Return once all is healthy, and leave it running.
    scale
        Demo data to make in a new data directory: small (the default), full, or empty for none.
    data_dir
        Where everything is kept; a second `up` there resumes its data.
    port_offset
        Added to every port, so that two demos run side by side.
    """
    directory = data_dir.absolute()
    if not 0 <= port_offset <= 40_000:
        raise Unavailable("--port-offset takes 0 to 40000")
    if detach:
        _up_in_the_background(directory, scale, port_offset)
    else:
        with state.held(directory):
            asyncio.run(_up(directory, scale, port_offset))


@app.command
def down(*, data_dir: DataDir = Path(".demo")) -> None:
    """Stop what `up --detach` started."""
    directory = data_dir.absolute()
    known = state.read(directory)
    if known is None or not known.is_running():
        print(f"no demo runs in {directory}")
        return
    if not known.detached:
        raise Unavailable(
            f"the demo in {directory} runs in the foreground (pid {known.supervisor.pid}): stop it there with Ctrl-C"
        )
    os.kill(known.supervisor.pid, signal.SIGTERM)
    deadline = time.monotonic() + _END_SECONDS
    while known.is_running():
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the demo does not end (pid {known.supervisor.pid}, log: {directory / 'logs' / 'demo.log'})"
            )
        time.sleep(0.1)
    print("stopped")


@app.command(name="status")
def show_status(
    *, data_dir: DataDir = Path(".demo"), json_: Annotated[bool, Parameter(name="--json", negative="")] = False
) -> None:
    """What runs, where, and whether it is healthy; status 1 when something is not."""
    directory = data_dir.absolute()
    known = state.read(directory)
    if known is None or not known.is_running():
        print(json.dumps(status.nothing()) if json_ else f"no demo runs in {directory}")
        sys.exit(1)
    description = status.describe(Plan(directory, known.port_offset, known.scale), known)
    if json_:
        print(json.dumps(description, ensure_ascii=False, indent=1))
    else:
        for instance in description["instances"]:
            print(f"{instance['health']:9} {instance['url']}  {instance['organisation']}.{instance['service']}")
        if known.phase != "ready":
            print(
                {"starting": "still starting", "making-data": "the demo data is still being made", "ended": "ending"}[
                    known.phase
                ]
            )
    sys.exit(not status.is_healthy(description, known))


def _up_in_the_background(directory: Path, scale: Scale | None, port_offset: int) -> None:
    log = directory / "logs" / "demo.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{directory} cannot be made: {error.strerror}") from error
    command = [sys.executable, "-m", "plie_deploy.cli", "up", f"--data-dir={directory}", f"--port-offset={port_offset}"]
    with log.open("a") as out:
        shown = out.tell()
        supervisor = subprocess.Popen(
            [*command, *([f"--scale={scale}"] if scale else [])],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, _DETACHED: "yes"},
        )
    try:
        known = None
        while not _is_ready(known, supervisor.pid) and supervisor.poll() is None:
            time.sleep(0.1)
            known = state.read(directory)
            shown = _show(log, shown)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait(_END_SECONDS)
        raise
    _show(log, shown)
    if known is None or not _is_ready(known, supervisor.pid):
        sys.exit(1)
    print(summary.table(Plan(directory, port_offset, known.scale)))
    print(f"\nIt runs in the background: `plie-demo down --data-dir {directory}` stops it.")


def _is_ready(known: State | None, supervisor: int) -> bool:
    return known is not None and known.supervisor.pid == supervisor and known.phase == "ready"


def _show(log: Path, shown: int) -> int:
    """Prints what the log gained since; answers how far it was shown."""
    with log.open("rb") as file:
        file.seek(shown)
        gained = file.read()
    sys.stdout.write(gained.decode(errors="replace"))
    sys.stdout.flush()
    return shown + len(gained)


async def _up(directory: Path, scale: Scale | None, port_offset: int) -> None:
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)

    known = _begin(directory, scale, port_offset, say)
    plan = Plan(directory, port_offset, known.scale)
    supervisor = Supervisor(plan, known, say)

    def ready() -> None:
        say("all is healthy")
        if not known.detached:  # the log of a detached one would keep the passwords
            print(f"\n{summary.table(plan)}\n\nCtrl-C stops all of it.", flush=True)

    running = asyncio.create_task(supervisor.run(ready))

    def end() -> None:
        if supervisor.is_stopping:
            supervisor.hurry()
        else:
            running.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signum, end)
    with suppress(asyncio.CancelledError):
        await running
    say("all is stopped")


def _begin(directory: Path, scale: Scale | None, port_offset: int, say: Callable[[str], None]) -> State:
    """The state to go on from: a new one, or that of the former run in this directory."""
    former = state.read(directory)
    begun = State(
        scale=scale or (former.scale if former else "small"),
        port_offset=port_offset,
        detached=_DETACHED in os.environ,
        supervisor=Process.of(os.getpid()),
        data=former.data if former else "none",
    )
    if former is not None:
        if former.scale != begun.scale and (former.data == "made" or former.scale == "empty"):
            raise Unavailable(
                f"{directory} holds a demo at scale {former.scale}: leave --scale out, or choose a --data-dir"
            )
        _await_the_end_of(former, say)
    if begun.data == "begun":
        say("the former run ended while it made the demo data: its data is made anew")
        for part in ("kafka", "postgres"):
            shutil.rmtree(directory / part, ignore_errors=True)
        begun.data = "none"
    state.write(directory, begun)
    return begun


def _await_the_end_of(former: State, say: Callable[[str], None]) -> None:
    """A run that was killed takes some seconds to end what it had started."""
    left = [name for name, process in former.processes.items() if process.is_alive()]
    if left:
        say("waiting for the former run to end")
    deadline = time.monotonic() + _END_SECONDS
    while any(process.is_alive() for process in former.processes.values()):
        if time.monotonic() > deadline:
            pids = ", ".join(f"{name} ({former.processes[name].pid})" for name in left)
            raise Unavailable(f"what a former run started does not end: {pids}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
