"""Compares what MSTICPy finds in the shared data with what we find, and says how fast it is.

Needs `pip install msticpy==3.0.2`. Prints a line for each file with a list in src/extract/golden/iocs, and below it what
only MSTICPy finds: read it, and be sure that nothing in it is an indicator.
"""

import logging
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from msticpy.transform.iocextract import IoCExtract  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "src/extract/golden/iocs"
SHARED = ROOT.parent / "shared/data"
KINDS = {
    "ipv4": "ipv4",
    "ipv6": "ipv6",
    "dns": "domain",
    "url": "url",
    "email": "email",
    "md5_hash": "md5",
    "sha1_hash": "sha1",
    "sha256_hash": "sha256",
}


def comparable(kind: str, value: str) -> tuple[str, str]:
    """The value without what a canonical form does not have."""
    value = value.lower()
    if kind == "url":
        value = value.partition("#")[0]
        if value.count("/") == 2:
            value += "/"
    return kind, value


def ours(golden: Path) -> set[tuple[str, str]]:
    """What our list for a file says."""
    lines = (line.split(" ") for line in golden.read_text("utf-8").splitlines())
    return {comparable(kind, value) for kind, value, _count in lines}


def main() -> None:
    """Compares all files."""
    extractor = IoCExtract()
    for golden in sorted(GOLDEN.iterdir()):
        text = (SHARED / golden.name).read_text("utf-8")
        begun = time.perf_counter()
        found = extractor.extract(src=text)
        elapsed = time.perf_counter() - begun
        theirs = {comparable(KINDS[kind], value) for kind, values in found.items() if kind in KINDS for value in values}
        mine = ours(golden)
        speed = len(text.encode()) / elapsed / 1e6
        print(f"{golden.name}: {speed:.2f} MB/s, both {len(mine & theirs)}, only we {len(mine - theirs)}")
        for kind, value in sorted(theirs - mine):
            print(f"  {kind} {value}")


if __name__ == "__main__":
    main()
