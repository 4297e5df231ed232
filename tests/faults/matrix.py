"""Every fault for some rounds and every mutant once, one after the other on the same servers, told as it happens.

A round follows from (seed, fault, number) alone, so that one that failed can be played again by itself.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .catalogue import FAULTS
from .checker import BOUND_SECONDS
from .crashes import OF_A_MUTANT
from .mutants import MUTANTS
from .process import Conduct
from .round import Fault, NotInjected, Result, play
from .servers import Servers
from .world import World, chain

RESULTS = Path("build/faults.json")
LOGS = Path("build/faults")
ROUNDS_OF_A_CHAIN = 8
SHOWN = 6

MUTANT_PATIENCE = 20.0

Say = Callable[[str], None]


@dataclass
class Row:
    """One fault: `held` in every round that could be played, `broken` in one, or `not-run` at all."""

    fault: str
    played: int = 0
    broken: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def outcome(self) -> str:
        return "broken" if self.broken else "held" if self.played else "not-run"

    @property
    def detail(self) -> str:
        if self.broken:
            return "; ".join(self.broken[:SHOWN])
        if not self.played:
            return "; ".join(self.not_run)
        missed = f", {len(self.not_run)} not run: {self.not_run[0]}" if self.not_run else ""
        return f"at rest after {self.slowest:.1f} s at most (bound {BOUND_SECONDS:.0f} s){missed}"


@dataclass
class Matrix:
    servers: Servers
    seed: int
    say: Say
    rows: dict[str, Row] = field(default_factory=dict)
    caught: dict[str, bool] = field(default_factory=dict)

    @property
    def is_green(self) -> bool:
        return all(row.outcome != "broken" for row in self.rows.values()) and all(self.caught.values())

    async def play_faults(self, names: Sequence[str], rounds: int) -> None:
        """In an order drawn from the seed."""
        due = [(FAULTS[name], number) for number in range(1, rounds + 1) for name in names]
        Random(self.seed).shuffle(due)
        self.rows = {name: Row(name) for name in names}
        while due:
            async with chain(self.servers) as world:
                for _ in range(min(ROUNDS_OF_A_CHAIN, len(due))):
                    if not await self._play(world, *due.pop()):
                        break  # what is broken stays so: the next round gets a chain of its own

    async def _play(self, world: World, fault: Fault, number: int) -> bool:
        row = self.rows[fault.name]
        label = f"{fault.name:<30} round {number}"
        if why := fault.lacks(self.servers):
            row.not_run.append(why)
            self.say(f"not-run  {label}  {why}")
            return True
        try:
            result = await play(world, fault, self.rng(fault.name, number))
        except NotInjected as not_injected:
            row.not_run.append(str(not_injected))
            self._keep_logs(world, fault.name, number)
            self.say(f"not-run  {label}  {not_injected}")
            return False
        except Exception as error:
            row.played += 1
            row.broken.append(f"round {number}: {type(error).__name__}: {error}")
            self._keep_logs(world, fault.name, number)
            self.say(f"broken   {label}  {type(error).__name__}: {error}")
            return False
        row.played += 1
        row.slowest = max(row.slowest, result.verdict.seconds)
        self._tell(label, result)
        if not result.verdict.held:
            row.broken += [f"round {number}: {problem}" for problem in result.verdict.problems]
            self._keep_logs(world, fault.name, number)
        return result.verdict.held

    def rng(self, name: str, number: int) -> Random:
        return Random(f"{self.seed} {name} {number}")

    def _tell(self, label: str, result: Result) -> None:
        verdict = result.verdict
        what = "held   " if verdict.held else "broken "
        self.say(
            f"{what}  {label}  at rest after {verdict.seconds:4.1f} s, {result.seconds:4.0f} s in all; {result.commands}"
        )
        for line in (*result.notes, *verdict.problems[:SHOWN]):
            self.say(f"           {line}")

    def _keep_logs(self, world: World, name: str, number: int) -> None:
        to = LOGS / f"{name.replace('/', '-')}-{self.seed}-{number}"
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir(parents=True)
        for log in self.servers.directory.glob(f"{world.declared.prefix}*.log"):
            shutil.copy(log, to)
        self.say(f"           logs in {to}")

    async def plant_mutants(self, names: Sequence[str]) -> None:
        for name in names:
            result = await play_mutant(self.servers, name, self.rng(name, 1))
            self.caught[name] = bool(result.verdict.broken)
            self.say(f"{'caught ' if self.caught[name] else 'MISSED '}  mutant {name:<23} under {result.fault}")
            for problem in result.verdict.broken[:2]:
                self.say(f"           {problem}")

    def table(self) -> str:
        lines = [f"{'fault':<30} {'rounds':>6}  {'outcome':<8} detail"]
        lines += [f"{row.fault:<30} {row.played:>6}  {row.outcome:<8} {row.detail}" for row in self.rows.values()]
        lines += [
            f"{'mutant ' + name:<30} {1:>6}  {'caught' if caught else 'MISSED'}" for name, caught in self.caught.items()
        ]
        return "\n".join([*lines, f"seed {self.seed}"])

    def write(self, path: Path = RESULTS) -> None:
        document = {
            "faults": [
                {
                    "fault": row.fault,
                    "rounds": row.played,
                    "outcome": row.outcome,
                    "detail": f"{row.detail} (seed {self.seed})",
                }
                for row in self.rows.values()
            ],
            "mutations": [{"name": name, "caught": caught} for name, caught in self.caught.items()],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


async def play_mutant(servers: Servers, name: str, rng: Random, *, people: int | None = None) -> Result:
    """A chain of its own with the mutant planted, under the fault that shows it."""
    mutant = MUTANTS[name]
    async with chain(servers, {mutant.at: Conduct(mutant=name)}) as world:
        fault, within = (FAULTS.get(mutant.under) or OF_A_MUTANT), MUTANT_PATIENCE
        return await play(world, fault, rng, people=people, mutant=name, patience=within, bound=within)
