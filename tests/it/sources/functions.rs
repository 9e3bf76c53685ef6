//! Stored functions of a folder of logs: those of the settings, and what a file of them that is wrong does.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

const LOGONS: &str = r#"{"TimeGenerated":"2026-11-24T08:00:00Z","Computer":"ws1","EventID":4624,"Account":"CORP\\ian"}
{"TimeGenerated":"2026-11-24T09:00:00Z","Computer":"ws1","EventID":4625,"Account":"CORP\\eve"}
"#;

/// A folder of logs, and one of functions in every form.
fn folders() -> [tempfile::TempDir; 2] {
    let [logs, functions] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    fs::write(logs.path().join("SecurityEvent.ndjson"), LOGONS).unwrap();
    let files = [
        (
            "commands.kql",
            "// Both are ours.\n.create-or-alter function with (folder = 'soc') Failures(least: long = 1) {\n    SecurityEvent\n    | where EventID == 4625\n    | summarize n = count() by Account\n    | where n >= least\n}\n\n.create-or-alter function Shouted(T: (*), to: string) { T | extend Loud = strcat(toupper(Account), to) }\n",
        ),
        ("Everything.kql", "let wanted = dynamic([4624, 4625]);\nSecurityEvent\n| where EventID in (wanted) // all\n"),
        (
            "solution/Logons.yaml",
            "id: 1\nFunction:\n  Title: Logons\n  Version: '1.0.0'\nCategory: Parser\nFunctionName: Logons\nFunctionAlias: OurLogons\nFunctionQuery: |\n  let Inner = view () { union isfuzzy=true SecurityEvent, Nowhere_CL | extend Type = tostring(LogonTypeName) };\n  Inner()\n",
        ),
        (
            "asim/vimThing.yaml",
            "Parser:\n  Title: Thing\nParserName: vimThing\nEquivalentBuiltInParser: _Im_Thing\nParserParams:\n  - Name: starttime\n    Type: datetime\n    Default: datetime(null)\n  - Name: user\n    Type: string\n    Default: '*'\n  - Name: names_has_any\n    Type: dynamic\n    Default: dynamic([])\nParserQuery: |\n  SecurityEvent\n  | where (isnull(starttime) or TimeGenerated >= starttime) and (user == '*' or Account has user)\n  | where array_length(names_has_any) == 0 or Computer has_any (names_has_any)\n  | project-rename DvcHostname = Computer\n",
        ),
        ("Broken.kql", "SecurityEvent\n| wher EventID == 1\n"),
        ("nothing.yaml", "a: 1\n"),
        ("notes.txt", "not a function"),
    ];
    for (path, text) in files {
        let path = functions.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    [logs, functions]
}

async fn service(logs: &Path, functions: &Path) -> Service {
    let source = format!("{{ kind: local, path: {logs:?}, functions: [{functions:?}, /nowhere/at/all] }}");
    Service::start(&format!("{QUIET}sources: {{ local: {source} }}\n")).await
}

async fn ask(service: &Service, query: &str) -> (u16, Value) {
    let request = client().post(format!("{}/v1/sources/local/query", service.base())).json(&json!({ "query": query }));
    let (status, answer) = read(request.send().await.unwrap()).await;
    (status.as_u16(), answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_call_functions_of_every_form() {
    let [logs, functions] = folders();
    let service = service(logs.path(), functions.path()).await;
    for (query, expected) in [
        ("Failures", json!([{ "Account": "CORP\\eve", "n": 1 }])),
        ("Failures(2) | count", json!([{ "Count": 0 }])),
        ("Failures | invoke Shouted('!') | project Loud", json!([{ "Loud": "CORP\\EVE!" }])),
        ("Everything | count", json!([{ "Count": 2 }])),
        ("union isfuzzy=true Logons, OurLogons(), Missing | count", json!([{ "Count": 4 }])),
        // The column is documented, and no file has it.
        ("Logons | where isempty(Type) | count", json!([{ "Count": 2 }])),
        ("_Im_Thing(starttime = datetime(2026-11-24 08:30)) | project DvcHostname", json!([{ "DvcHostname": "ws1" }])),
        ("vimThing(user = 'ian', names_has_any = dynamic(['ws1', 'ws2'])) | count", json!([{ "Count": 1 }])),
        ("let Failures = 7; print Failures = Failures", json!([{ "Failures": 7 }])),
    ] {
        let (status, answer) = ask(&service, query).await;
        assert_eq!((status, &answer["outcome"]), (200, &json!("complete")), "{query}: {answer:#}");
        assert_eq!(answer["rows"], expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_function_is_named_and_the_others_are_served() {
    let [logs, functions] = folders();
    let service = service(logs.path(), functions.path()).await;
    let (_, answer) = read(service.get("/v1/sources/local/schema").send().await.unwrap()).await;
    let told = answer["partial_errors"].to_string();
    for part in ["Broken.kql: line 2", "`wher`", "nothing.yaml: it has neither", "/nowhere/at/all: cannot be read"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("notes.txt") && answer["tables"][0]["name"] == "SecurityEvent", "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_around_functions_are_told_where_they_are_called() {
    let [logs, functions] = folders();
    let service = service(logs.path(), functions.path()).await;
    for (query, hints) in [
        ("Failure()", &["no such function", "did you mean Failures?"][..]),
        ("Failures('x', 2)", &["line 1, column 1", "arguments"]),
        ("SecurityEvent | project EventID | invoke Shouted('!')", &["in the function Shouted", "at `Account`"]),
    ] {
        let (status, problem) = ask(&service, query).await;
        let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        assert_eq!((status, hints.iter().all(|hint| detail.contains(hint))), (400, true), "{query}: {problem}");
    }
}
