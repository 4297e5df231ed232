"""Orient people from your own system: one line of JSON a person on standard input, one result a line on standard output.

    PLIE_URL=https://orientation.example PLIE_TOKEN=plie_… python orient.py < people.ndjson
    PLIE_URL=… PLIE_TOKEN=… python orient.py --follow <orientation_id>

Needs Python 3.11 and nothing else. Each line is the body of `POST /api/v1/orientations` (orientation-openapi.json).
Run it again after a cut: a line with an `external_reference` is received once, whatever happens.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

URL, TOKEN = os.environ.get("PLIE_URL", "").rstrip("/"), os.environ.get("PLIE_TOKEN")
TRIES = 5


def call(method: str, path: str, body: bytes | None = None) -> tuple[int, dict]:
    """The status and the JSON answered; tried again while the other side is away or asks to wait."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    if body is not None:
        headers["Idempotency-Key"] = hashlib.sha256(body).hexdigest()
    for attempt in range(TRIES):
        try:
            request = urllib.request.Request(URL + path, body, headers, method=method)  # noqa: S310 (your own setting)
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (your own setting)
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503) or attempt == TRIES - 1:
                return refused.code, json.load(refused)
            time.sleep(float(refused.headers.get("Retry-After", 2**attempt)))
        except OSError:
            if attempt == TRIES - 1:
                raise
            time.sleep(2**attempt)
    raise AssertionError("unreachable")


def main() -> int:
    match sys.argv[1:]:
        case ["--follow", orientation_id]:
            status, told = call("GET", f"/api/v1/orientations/{orientation_id}")
            print(json.dumps(told.get("history", told), ensure_ascii=False))
            return int(status != 200)
        case []:
            refused = 0
            for line in filter(str.strip, sys.stdin):
                status, told = call("POST", "/api/v1/orientations", line.encode())
                refused += not (status == 201 or told.get("code") == "orientation.duplicate-reference")
                print(json.dumps({"http": status, **told}, ensure_ascii=False), flush=True)
            return int(refused > 0)
    sys.exit(__doc__)


if __name__ == "__main__":
    raise SystemExit(main() if URL and TOKEN else __doc__)
