"""The sessions that MSTICPy finds in the shared syslog, begin and end of each, into src/extract/golden/syslog; and which of the
commands in the shared sudo log it finds risky.

Needs `pip install msticpy==3.0.2`.
"""

import logging
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import pandas as pd  # noqa: E402
from msticpy.analysis.syslog_utils import cluster_syslog_logons_df  # noqa: E402
from msticpy.transform.cmd_line import risky_cmd_line  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "src/extract/golden/syslog"
SHARED = ROOT.parent / "shared/data"


def events(file: str) -> pd.DataFrame:
    """The events of a file."""
    data = pd.read_csv(SHARED / file)
    data["TimeGenerated"] = pd.to_datetime(data["TimeGenerated"], utc=True)
    return data


def main() -> None:
    """Writes the golden file."""
    sessions = cluster_syslog_logons_df(events("syslog_data.csv"))
    lines = [f"{start.isoformat()} {end.isoformat()}\n" for start, end in zip(sessions.Start, sessions.End)]
    (GOLDEN / "syslog_data.csv").write_text("".join(lines))
    print(len(lines), "sessions")
    print(risky_cmd_line(events("sudo_data.csv"), "Syslog"))


if __name__ == "__main__":
    main()
