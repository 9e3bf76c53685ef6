"""How long MSTICPy takes to look up addresses at providers: lookups.py COUNT BASE_URL… prints seconds.

Each address is asked of one provider for each base URL, as MSTICPy's own providers do over HTTP.
"""

import asyncio
import sys
import time
from typing import ClassVar

import nest_asyncio
from msticpy.context.http_provider import APILookupParams
from msticpy.context.tilookup import TILookup
from msticpy.context.tiproviders.ti_http_provider import HttpTIProvider
from msticpy.context.tiproviders.ti_provider_base import ResultSeverity


def provider(number: int, base_url: str):
    """A provider that asks a server at this address."""

    class Fake(HttpTIProvider):
        PROVIDER_NAME: ClassVar[str] = f"Fake{number}"
        _BASE_URL: ClassVar[str] = base_url
        _QUERIES: ClassVar[dict] = {"ipv4": APILookupParams(path="/check/{observable}", verb="GET")}
        _REQUIRED_PARAMS: ClassVar[list] = []

        def parse_results(self, response):
            body = response["RawResult"]
            severe = body.get("score", 0) > 50
            return True, ResultSeverity.high if severe else ResultSeverity.information, body

    Fake.__name__ = f"Fake{number}"
    return Fake


def main() -> None:
    count, bases = int(sys.argv[1]), sys.argv[2:]
    nest_asyncio.apply()
    lookup = TILookup(providers=[])
    names = []
    for number, base_url in enumerate(bases):
        kind = provider(number, base_url)
        name = f"Fake{number}"
        lookup.add_provider(kind(), name, primary=True)
        names.append(name)
    values = [f"40.1.{n // 250}.{1 + n % 250}" for n in range(count)]
    started = time.perf_counter()
    result = lookup.lookup_iocs(values, providers=names)
    if asyncio.iscoroutine(result):
        result = asyncio.run(result)
    took = time.perf_counter() - started
    if len(result) != count * len(bases):
        raise SystemExit(f"{len(result)} results of {count * len(bases)}")
    print(took)


if __name__ == "__main__":
    main()
