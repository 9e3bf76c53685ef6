"""What MSTICPy reads out of the shared audit log: how many events of each type, and the fields of every twentieth execve, into
src/extract/golden/auditd.

Needs `pip install msticpy==3.0.2`. Its reader of files puts together what has the same millisecond; here records are put
together by their whole id first. It reads three arguments, so that longer command lines are left out, as are its titles, in
which zeros stand between arguments, and `msg`.
"""

import json
import logging
import re
import warnings
from collections import Counter
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from msticpy.transform import auditdextract  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "src/extract/golden/auditd/auditd_log.txt"
LOG = ROOT.parent / "shared/data/auditd_log.txt"
LINE = re.compile(r"type=(\S+) msg=audit\(([^)]*)\): ?(.*)")


def main() -> None:
    """Writes the golden file."""
    events: dict[str, list] = {}
    for line in LOG.read_text().splitlines():
        kind, number, fields = LINE.match(line).groups()
        events.setdefault(number, []).append({kind: fields.strip().split(" ")})
    counts: Counter = Counter()
    lines = []
    for number, records in events.items():
        kind, fields = auditdextract._extract_event(auditdextract.unpack_auditd(records))
        counts[kind] += 1
        if kind != "SYSCALL_EXECVE" or counts[kind] % 20:
            continue
        if fields.get("argc", 0) > 3:
            fields.pop("cmdline", None)
        fields.pop("proctitle", None)
        lines.append(f"{number}\t{json.dumps(fields)}\n")
    GOLDEN.write_text("".join([f"count\t{kind}\t{count}\n" for kind, count in sorted(counts.items())] + lines))
    print(len(events), counts)


if __name__ == "__main__":
    main()
