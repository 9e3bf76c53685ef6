// Gives every KQL query of the pack, as it is rendered beside its file, and every built-in function to Microsoft's own parser,
// with the tables that they read.
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");

require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

const [schemaFile, pack, functions] = process.argv.slice(2);

// Folders of the pack, and the environment whose tables they read.
const ENVIRONMENTS = {
  mssentinel: "MSSentinel", m365d: "M365D", mde: "MDE", resourcegraph: "ResourceGraph", localdata: "LocalData",
};

function globals(environment, more = []) {
  const tables = more.map(([name, columns]) => new Symbols.TableSymbol.$ctor7(name, columns, null));
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

let refused = 0;
function check(query, known, name) {
  const diagnostics = KustoCode.ParseAndAnalyze(query, known).GetDiagnostics();
  for (let at = 0; at < diagnostics.Count; at += 1) {
    const diagnostic = diagnostics.getItem(at);
    if (diagnostic.Severity !== "Error") continue;
    const line = query.slice(0, diagnostic.Start).split("\n").length;
    console.error(`${name}: line ${line}: ${diagnostic.Message}`);
    refused += 1;
  }
}

let queries = 0;
for (const [folder, environment] of Object.entries(ENVIRONMENTS)) {
  const known = globals(environment);
  for (const file of readdirSync(join(pack, folder)).filter((name) => name.endsWith(".snap"))) {
    const text = readFileSync(join(pack, folder, file), "utf8");
    for (const [, name, query] of text.matchAll(/^=== (\S+) kql\n([\s\S]*?)(?=\n=== |$(?![\s\S]))/gm)) {
      queries += 1;
      check(query, known, `${folder}/${file}: ${name}`);
    }
  }
}

// Tables that are written only where logs are read, and functions as `let` says them: those that others call stand first.
const LOCAL = [["Sysmon", "(TimeGenerated: datetime, EventID: int)"], ["dns", "(TimeGenerated: datetime)"]];
const SHARED = ["common.kql", "windows.kql"];
const read = (file) => readFileSync(join(functions, file), "utf8");
const lets = (text) => text.replace(/^\.create-or-alter function (\w+)\(/gm, "let $1 = (").replace(/^\}$/gm, "};");
const shared = lets(SHARED.map(read).join("\n"));
const known = globals("MSSentinel", LOCAL);
let called = 0;
for (const file of readdirSync(functions).filter((name) => !SHARED.includes(name))) {
  const text = read(file);
  for (const [, name] of text.matchAll(/^\.create-or-alter function (_Im_\w+)\(/gm)) {
    called += 1;
    check(`${shared}\n${lets(text)}\n${name}() | take 1`, known, `${file}: ${name}`);
  }
}
console.log(`the pack: ${queries} queries in KQL and ${called} functions, ${refused} mistakes`);
process.exit(queries > 0 && called > 0 && refused === 0 ? 0 : 1);
