"""The demo's people: invented lives of four years, lived through the services' own handlers and real Kafka.

Invariant: the same seed and scale give the same lives, and nothing is written behind the domain's back.
"""

from plie_deploy.lives.seeding import seed

__all__ = ["seed"]
