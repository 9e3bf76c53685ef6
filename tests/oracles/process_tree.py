"""What MSTICPy makes of the shared process events: golden parents, the numbers of each tree, and how long it takes.

Needs `pip install msticpy==3.0.2`. Writes src/extract/golden/process_tree/<file>.sha256: the digest of the sorted lines
`proc_key <tab> parent_key`. MSTICPy leaves a process that is its own parent, or that is in a circle, without a root, and takes
the hosts of a table for one; the data here has neither.
"""

import hashlib
import logging
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import pandas as pd  # noqa: E402
from msticpy.transform.proc_tree_builder import build_process_tree  # noqa: E402
from msticpy.transform.proc_tree_schema import ProcSchema  # noqa: E402
from msticpy.transform.process_tree_utils import get_summary_info  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "src/extract/golden/process_tree"
SHARED = ROOT.parent / "shared/data"
VOLATILITY = ProcSchema(
    process_name="ImageFileName", process_id="PID", parent_id="PPID", time_stamp="CreateTime", path_separator="\\"
)


def events(file: str) -> pd.DataFrame:
    """The events of a file, with times as times."""
    path = SHARED / file
    data = pd.read_csv(path) if file.endswith("csv") else pd.read_json(path, lines=True, dtype=False)
    for column in data.columns:
        if column in ("TimeGenerated", "Timestamp", "CreateTime") or column.endswith("CreationTime"):
            texts = data[column].astype(str).str.strip().replace(["NaT", "nan", "None"], None)
            data[column] = pd.to_datetime(texts, utc=True, format="mixed")
    return data


def named(key: str | float) -> str:
    """A key in which nobody is called `unknown`, as elsewhere: for Defender's grandparents it is the empty text."""
    if not isinstance(key, str):
        return ""
    return f"unknown{key}" if key.startswith("|") else key


def main() -> None:
    """Writes the golden files and prints the numbers."""
    for file, schema in [
        ("process_tree_windows.ndjson", None),
        ("process_tree_linux.ndjson", None),
        ("SecurityEvent_processes.ndjson", None),
        ("DeviceProcessEvents.ndjson", None),
        ("winproctree-minimal.csv", VOLATILITY),
    ]:
        tree = build_process_tree(events(file), schema=schema)
        lines = sorted(f"{named(key)}\t{named(parent)}\n" for key, parent in tree.parent_key.items())
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        (GOLDEN / f"{file}.sha256").write_text(f"{digest}\n")
        print(file, len(tree), get_summary_info(tree))
    day = events("process_tree_windows.ndjson")
    many = pd.concat(
        [day.assign(TimeGenerated=day.TimeGenerated + pd.Timedelta(days=number)) for number in range(100)],
        ignore_index=True,
    )
    for _ in range(3):
        data = many.copy()
        begun = time.perf_counter()
        build_process_tree(data)
        print(f"{len(many)} events: {time.perf_counter() - begun:.3f} s")


if __name__ == "__main__":
    main()
