#!/usr/bin/env bash
# Checks the three committed documents with validators that know nothing of this project.
set -euo pipefail

tools=target/validators
mkdir -p "$tools"
[ -x "$tools/venv/bin/openapi-spec-validator" ] || {
  python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" install --quiet openapi-spec-validator
}
[ -d "$tools/node_modules/@apidevtools/swagger-parser" ] ||
  npm install --silent --no-save --no-audit --no-fund --prefix "$tools" @apidevtools/swagger-parser

"$tools/venv/bin/openapi-spec-validator" openapi/openapi.json
"$tools/venv/bin/openapi-spec-validator" openapi/openapi-3.0.json
"$tools/venv/bin/openapi-spec-validator" openapi/swagger-2.0.json
NODE_PATH="$tools/node_modules" node -e '
  const { validate } = require("@apidevtools/swagger-parser").default ?? require("@apidevtools/swagger-parser");
  (async () => {
    for (const file of process.argv.slice(1)) {
      const api = await validate(file);
      console.log(`${file}: valid, ${Object.keys(api.paths).length} paths`);
    }
  })().catch((error) => { console.error(error.message); process.exit(1); });
' openapi/openapi-3.0.json openapi/swagger-2.0.json
