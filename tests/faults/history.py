"""What the driver asked for and what it was told: every command is ok, failed or unknown, and nothing else.

Invariant: an effect is in the services at least as often as it was ok, at most as often as it was ok or unknown.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

CONFIDENTIAL = frozenset(
    {
        *("last_name", "first_name", "birth_date", "address", "phone", "email", "motivation"),
        *("advisor", "advisor_email", "name", "note", "employer"),
    }
)


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Effect(NamedTuple):
    """What a command does, told apart by a mark that only this command carries, or by whom it is about."""

    kind: str
    of: str


@dataclass
class Command:
    effect: Effect
    outcome: Outcome = Outcome.UNKNOWN
    told: list[str] = field(default_factory=list)
    """Each attempt's answer."""


@dataclass
class History:
    commands: list[Command] = field(default_factory=list)
    confided: set[str] = field(default_factory=set)
    """Who people are and what was noted of them, as commands said it: for those who accompany them and nobody else."""

    def confide(self, body: Any) -> None:
        """Keep what a command's body says under a confidential name, at any depth."""
        match body:
            case dict():
                self.confided |= {body[name] for name in CONFIDENTIAL & body.keys() if body[name]}
                for inner in body.values():
                    self.confide(inner)
            case list():
                for inner in body:
                    self.confide(inner)

    def begin(self, effect: Effect) -> Command:
        """Unknown until an answer says otherwise."""
        command = Command(effect)
        self.commands.append(command)
        return command

    def outcomes(self) -> Counter[Outcome]:
        return Counter(command.outcome for command in self.commands)

    def contradictions(self, found: Mapping[Effect, int]) -> Iterable[str]:
        """Where what is found is not what was answered: lost, twice, or there although it failed."""
        told: dict[Effect, Counter[Outcome]] = {}
        for command in self.commands:
            told.setdefault(command.effect, Counter())[command.outcome] += 1
        for effect, outcomes in told.items():
            times, least = found.get(effect, 0), outcomes[Outcome.OK]
            most = least + outcomes[Outcome.UNKNOWN]
            if not least <= times <= most:
                said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
                yield f"{effect.kind} of {effect.of} is there {times} times ({said})"
        for effect, times in found.items():
            if effect not in told:
                yield f"{effect.kind} of {effect.of} is there {times} times and nobody asked for it"
