"""What MSTICPy unpacks from the shared texts: the MD5 digests of all records, one a line, into src/extract/golden/decode.

Needs `pip install msticpy==3.0.2`. Also says how fast it looks through text with nothing encoded in it.
"""

import logging
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from msticpy.transform import base64unpack  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "src/extract/golden/decode"
SHARED = ROOT.parent / "shared/data"


def main() -> None:
    """Writes the golden files and prints the speed."""
    for file in ["base64msg.txt", "b64text_inzip.txt"]:
        _, records = base64unpack.unpack((SHARED / file).read_text())
        (GOLDEN / file).write_text("".join(f"{md5}\n" for md5 in sorted(set(records.md5))))
        print(file, len(records))
    text = "Nothing to be found in these words, however often one reads them. " * (1 << 16)
    begun = time.perf_counter()
    base64unpack.unpack(text)
    print(f"{len(text) / 1e6 / (time.perf_counter() - begun):.0f} MB/s")


if __name__ == "__main__":
    main()
