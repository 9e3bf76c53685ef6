// Gives every KQL query of the pack, as it is rendered beside its file, to Microsoft's own parser with the tables that it reads.
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");

require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

const [schemaFile, pack] = process.argv.slice(2);

// Folders of the pack, and the environment whose tables they read.
const ENVIRONMENTS = {
  mssentinel: "MSSentinel", m365d: "M365D", mde: "MDE", resourcegraph: "ResourceGraph", localdata: "LocalData",
};

function globals(environment) {
  const tables = [];
  const sections = readFileSync(schemaFile, "utf8").split(/^\[/m).slice(1);
  for (const section of sections) {
    const [names, body] = section.split("]\n");
    if (!names.split(", ").includes(environment)) continue;
    for (const [, name, columns] of body.matchAll(/^(\w+)\(([^)]*)\)/gm)) {
      tables.push(new Symbols.TableSymbol.$ctor7(name, `(${columns.replace(/\s+/g, " ")})`, null));
    }
  }
  const database = new Symbols.DatabaseSymbol.$ctor1("db", tables, false);
  return GlobalState.Default.WithDatabase(database);
}

let queries = 0;
let refused = 0;
for (const [folder, environment] of Object.entries(ENVIRONMENTS)) {
  const known = globals(environment);
  for (const file of readdirSync(join(pack, folder)).filter((name) => name.endsWith(".snap"))) {
    const text = readFileSync(join(pack, folder, file), "utf8");
    for (const [, name, query] of text.matchAll(/^=== (\S+) kql\n([\s\S]*?)(?=\n=== |$(?![\s\S]))/gm)) {
      queries += 1;
      const diagnostics = KustoCode.ParseAndAnalyze(query, known).GetDiagnostics();
      for (let at = 0; at < diagnostics.Count; at += 1) {
        const diagnostic = diagnostics.getItem(at);
        if (diagnostic.Severity !== "Error") continue;
        const line = query.slice(0, diagnostic.Start).split("\n").length;
        console.error(`${folder}/${file}: ${name}: line ${line}: ${diagnostic.Message}`);
        refused += 1;
      }
    }
  }
}
console.log(`the pack: ${queries} queries in KQL, ${refused} mistakes`);
process.exit(queries > 0 && refused === 0 ? 0 : 1);
