"""What a Maison chooses counts wherever it is read from."""

from pathlib import Path

import pytest

from plie_parcours import settings


def test_a_deadline_that_is_chosen_in_a_file_is_the_one_that_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = tmp_path / "first-interview-days"
    chosen.write_text("10\n")
    monkeypatch.setenv("PLIE_FIRST_INTERVIEW_DAYS_FILE", str(chosen))
    settings.policy.cache_clear()
    try:
        assert settings.policy().first_interview_days == 10
    finally:
        settings.policy.cache_clear()
