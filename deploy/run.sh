#!/usr/bin/env bash
# Starts the service with its defaults and the sample events, sends the sample incident and a query, prints what comes back, and
# leaves the service running.
set -euo pipefail

pivotd=$1
address=${PIVOTD__SERVER__LISTEN:-127.0.0.1:8080}
base="http://$address"
log=$(mktemp -t pivotd-log.XXXXXX)

"$pivotd" serve --config "${PIVOTD_CONFIG:-deploy/sample/pivotd.yaml}" >"$log" &
service=$!
trap 'kill "$service" 2>/dev/null; wait "$service" 2>/dev/null || true; rm -f "$log"' EXIT
trap 'exit 0' INT TERM

for _ in $(seq 100); do
  curl --silent --fail --output /dev/null "$base/readyz" && break
  kill -0 "$service" 2>/dev/null || { echo "the service did not start:" >&2; cat "$log" >&2; exit 1; }
  sleep 0.1
done

echo "POST $base/v1/enrich  <  openapi/examples/incident.json"
echo
curl --silent --show-error --fail-with-body "$base/v1/enrich" \
  --header 'Content-Type: application/json' --header 'Accept: text/plain' \
  --data-binary @openapi/examples/incident.json
echo
if [ -z "${PIVOTD_CONFIG:-}" ]; then
  query="DeviceProcessEvents | where InitiatingProcessFileName =~ 'powershell.exe' | project TimeGenerated, DeviceName, ProcessCommandLine"
  echo "POST $base/v1/sources/local/query  <  $query"
  echo
  curl --silent --show-error --fail-with-body "$base/v1/sources/local/query" \
    --header 'Content-Type: application/json' --header 'Accept: text/csv' --data-binary "{\"query\": \"$query\"}"
  echo
fi
echo "The service goes on at $base. Its documentation: $base/docs (Ctrl-C stops it; the log is $log)"
wait "$service"
