#!/usr/bin/env bash
# Gives every KQL query of the pack, and every built-in function, to Microsoft's own parser.
set -euo pipefail

tools=target/kusto
mkdir -p "$tools"
[ -d "$tools/node_modules/@kusto/language-service-next" ] ||
  npm install --silent --no-save --no-audit --no-fund --prefix "$tools" @kusto/language-service-next

NODE_PATH="$tools/node_modules" node deploy/ci/check-pack.js src/sources/documented.txt queries src/sources/asim
