"""Starts one demo in its order, keeps every part of it alive, and leaves nothing running when it ends."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from plie_deploy import index, provision, state, status
from plie_deploy.nursery import Nursery, Order
from plie_deploy.plan import Plan, Run
from plie_deploy.processes import Child, Running, Unavailable, environment, last_line, port_is_free
from plie_deploy.state import Process, State

T = TypeVar("T")

START_SECONDS = 120.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0


class Part(Protocol):
    """What is kept alive: the broker, the database server, each instance."""

    @property
    def pid(self) -> int: ...
    def start(self) -> None: ...
    def is_running(self) -> bool: ...
    def wait(self) -> None: ...
    def ask_to_stop(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class Instance:
    """One `plie-<service> serve`, forked from the nursery while there is one."""

    def __init__(self, run: Run, log: Path, nursery: Nursery) -> None:
        self.run = run
        self.log = log
        self._nursery = nursery
        self._running: Running | None = None

    @property
    def pid(self) -> int:
        assert self._running is not None, "the instance was not started"
        return self._running.pid

    def start(self) -> None:
        command, settings = f"plie-{self.run.service}", environment(self.run.environment)
        if self._nursery.is_running():
            order = Order(f"plie_{self.run.service}.cli", [command, "serve"], settings, str(self.log))
            self._running = self._nursery.fork(order)
        else:
            self._running = Child([Path(sys.executable).parent / command, "serve"], log=self.log, env=settings)

    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def wait(self) -> None:
        if self._running is not None:
            self._running.wait()

    def ask_to_stop(self) -> None:
        if self._running is not None:
            self._running.ask_to_stop()

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()


class Supervisor:
    """`say` gets one line for each thing that is done or goes wrong."""

    def __init__(self, plan: Plan, known: State, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.state = known
        self.say = say
        self.nursery = Nursery(plan.logs / "nursery.log")
        self.instances = {run.name: Instance(run, plan.logs / f"{run.name}.log", self.nursery) for run in plan.runs}
        plan.kafka.progress = say
        self.parts: Mapping[str, Part] = {"kafka": plan.kafka, "postgres": plan.postgres, **self.instances}
        self._jobs: list[Running] = []
        self._keepers: list[asyncio.Task[None]] = []
        self.is_stopping = False

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled; `ready` is called once all is healthy. Raises Unavailable when the demo cannot start."""
        try:
            await self._start()
            ready()
            self._enter("ready")
            await asyncio.gather(*self._keepers)
        finally:
            await self._stop()

    def hurry(self) -> None:
        """Kills whatever is still stopping."""
        for part in self.parts.values():
            part.kill()

    async def _start(self) -> None:
        self._check_ports()
        self.nursery.start()
        self.say("starting Kafka and PostgreSQL")
        await _together(self._start_kafka(), self._start_postgres())
        index.serve(self.plan, self.state)
        self.say(f"starting {len(self.instances)} service instances")
        for name, instance in self.instances.items():
            await in_thread(instance.start)
            self._note(name)
        await _together(self._see_them_healthy(), self._make_data())

    def _check_ports(self) -> None:
        taken = [who for who in self.plan.ports.items() if not port_is_free(who[0])]
        if taken:
            lines = [f"port {port} ({who}) is already taken on this machine" for port, who in taken]
            raise Unavailable("\n".join([*lines, "choose other ports with --port-offset, for example 1000"]))

    async def _start_kafka(self) -> None:
        await in_thread(self.plan.kafka.start)
        self._note("kafka")
        self.say(f"Kafka answers on {self.plan.kafka.bootstrap_servers}")
        await in_thread(provision.provision, self.plan.kafka.admin_config, self.plan.declaration, self.plan.cast.kafka)
        self.say(
            f"{len(self.plan.declaration.topics())} topics and {len(self.plan.declaration.acls())} rights are there"
        )

    async def _start_postgres(self) -> None:
        await in_thread(self.plan.postgres.start)
        self._note("postgres")
        self.say(f"PostgreSQL answers on 127.0.0.1:{self.plan.postgres.port}")
        for run in self.plan.runs:
            await self.plan.postgres.create_database(
                run.name, owner=run.name, password=self.plan.cast.databases[run.name]
            )
        await self._job("preparation", "the databases could not be prepared", "plie_deploy.preparation")
        self.say(f"{len(self.plan.runs)} databases have their schema, accounts and tokens")

    async def _see_them_healthy(self) -> None:
        waiting, deadline = set(self.instances), time.monotonic() + START_SECONDS
        while waiting:
            await asyncio.sleep(0.2)
            for name in sorted(waiting):
                instance = self.instances[name]
                if not instance.is_running():
                    raise Unavailable(f"{name} ended while starting: {last_line(instance.log)} (log: {instance.log})")
                if await in_thread(status.health, instance.run, self.state) == "ok":
                    waiting.remove(name)
                    self.say(f"{name} is healthy on {instance.run.url}")
            if waiting and time.monotonic() > deadline:
                late = ", ".join(sorted(waiting))
                raise Unavailable(f"{late}: not healthy within {START_SECONDS:.0f} s (logs: {self.plan.logs})")
        self._keepers = [asyncio.create_task(self._keep(name)) for name in self.parts]
        self._enter("making-data")

    async def _make_data(self) -> None:
        if self.plan.scale == "empty" or self.state.data == "made":
            return
        self.say(f"making the demo data, scale {self.plan.scale}")
        self.state.data = "begun"
        self._save()
        await self._job("demo-data", "the demo data could not be made", "plie_deploy.seeding", follow=True)
        self.state.data = "made"
        self._save()

    async def _job(self, name: str, failure: str, module: str, *, follow: bool = False) -> None:
        """Runs a module of ours to its end; `follow` shows the lines it prints."""
        log = self.plan.logs / f"{name}.log"
        log.write_text("")
        order = Order(module, [module, str(self.plan.data_dir)], environment({}), str(log))
        job = await in_thread(self.nursery.fork, order)
        self._jobs.append(job)
        code, shown = None, 0
        while code is None:
            await asyncio.sleep(0.1)
            code = job.poll()
            lines = log.read_text(errors="replace").splitlines() if follow and code in (None, 0) else []
            for line in lines[shown:]:
                self.say(line)
            shown = len(lines)
        if code:
            raise Unavailable(f"{failure}: {last_line(log)} (all of it: {log})")

    async def _keep(self, name: str) -> None:
        """Starts a part again whenever it dies, a little later each time until it stays."""
        part, pause, since = self.parts[name], 0.5, time.monotonic()
        while True:
            await in_thread(part.wait)
            if time.monotonic() - since > STEADY_SECONDS:
                pause = 0.5
            self.say(f"{name} ended; it is started again in {pause:g} s")
            await asyncio.sleep(pause)
            pause, since = min(pause * 2, LONGEST_PAUSE), time.monotonic()
            try:
                await in_thread(part.start)
            except Unavailable as problem:
                self.say(f"{name} could not be started again: {problem}")
            else:
                self._note(name)
                self.say(f"{name} runs again")

    async def _stop(self) -> None:
        self.is_stopping = True
        self.say("stopping")
        for keeper in self._keepers:
            keeper.cancel()
        for job in self._jobs:
            job.kill()
        await in_thread(self._stop_parts)
        self._enter("ended")

    def _stop_parts(self) -> None:
        for instance in self.instances.values():
            instance.ask_to_stop()
        for instance in self.instances.values():
            instance.stop()
        for server in (self.plan.kafka, self.plan.postgres):
            server.ask_to_stop()
        for server in (self.plan.kafka, self.plan.postgres):
            server.stop()
        self.nursery.kill()

    def _note(self, name: str) -> None:
        self.state.processes[name] = Process.of(self.parts[name].pid)
        self._save()

    def _enter(self, phase: state.Phase) -> None:
        self.state.phase = phase
        self._save()

    def _save(self) -> None:
        state.write(self.plan.data_dir, self.state)


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """All of it at once; the first failure ends the rest."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """As asyncio.to_thread, in a thread that does not hold up our end: one may be downloading jars for minutes."""
    loop, future = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(value)

    def work() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = function(*arguments), None
        except BaseException as error:
            outcome = None, error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, daemon=True).start()
    result: T = await future
    return result
