//! How much memory operations on a million rows take, beside the size of what was sent, in every form of a table.
//!
//! A process of its own for each operation and form: what one leaves behind would hide what the next takes.

use std::{fmt::Write as _, time::Duration};

use anyhow::Context;
use model::{Table, table};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    daemon::{Daemon, memory},
    report::Report,
};

const ROWS: usize = 1_000_000;

/// DBSCAN is refused where it would take too long.
const ROWS_OF_CLUSTERS: usize = 100_000;

/// More than so many times the input is too much.
const MOST: f64 = 3.0;

/// An operation: its path, its parameters, the rows that it is sent.
type Operation = (&'static str, &'static [(&'static str, &'static str)], fn(usize) -> String, usize);

const OPERATIONS: &[Operation] = &[
    ("/v1/iocs/extract", &[], processes, ROWS),
    ("/v1/decode/base64", &[("columns", "CommandLine")], processes, ROWS),
    ("/v1/process-tree", &[], processes, ROWS),
    ("/v1/auditd", &[], audit, ROWS),
    ("/v1/syslog/sudo-sessions", &[], sudo, ROWS),
    ("/v1/cmdline/risk", &[], processes, ROWS),
    ("/v1/mask", &[], processes, ROWS),
    ("/v1/powershell/format", &[], processes, ROWS),
    ("/v1/windows-events/describe", &[], processes, ROWS),
    ("/v1/analysis/timeseries", &[("time_column", "Time"), ("value_column", "Value")], points, ROWS),
    ("/v1/analysis/timeseries/periods", &[("time_column", "Time"), ("anomaly_column", "anomaly")], anomalies, ROWS),
    ("/v1/analysis/sequences", &[("session_column", "session")], sessions, ROWS),
    (
        "/v1/analysis/sessionize",
        &[("time_column", "TimeGenerated"), ("group_by", "Computer"), ("event_column", "NewProcessName")],
        processes,
        ROWS,
    ),
    ("/v1/analysis/clusters", &[], processes, ROWS_OF_CLUSTERS),
    ("/v1/analysis/outliers", &[("features", "Value"), ("features", "Other")], points, ROWS),
    ("/v1/analysis/beacons", &[("time_column", "Time"), ("group_by", "Host")], flows, ROWS),
];

const FORMS: [&str; 4] =
    ["application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"];

/// Sends a million rows to every operation, or to those whose paths have one of these words in them, in every form.
pub async fn measure(report: &mut Report, words: &[String]) -> anyhow::Result<()> {
    server::upstream::install_tls();
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(600)).build()?;
    let is_meant = |path: &str| words.is_empty() || words.iter().any(|word| path.contains(word));
    for (path, parameters, row, rows) in OPERATIONS.iter().filter(|(path, ..)| is_meant(path)) {
        let mut lines = String::new();
        for number in 0..*rows {
            lines.push_str(&row(number));
            lines.push('\n');
        }
        let table = table::ndjson::read(lines.as_bytes())?.into_table(None)?;
        let mut worst = (0.0, String::new());
        let mut measured = Vec::new();
        for form in FORMS {
            let (query, body) = written(form, parameters, &lines, &table)?;
            let (size, factor) = (body.len(), ask(&client, path, &query, form, body).await?);
            let name = form.rsplit(['/', '-', '.']).next().unwrap_or(form);
            measured.push(format!("{name} {factor:.1} × {:.0} MB", size as f64 / 1e6));
            if factor > worst.0 {
                worst = (factor, name.to_owned());
            }
        }
        let what = format!("memory of {path}, {rows} rows");
        report.add(&what, measured.join(", "), "at most 3 times the input", worst.0 <= MOST);
    }
    Ok(())
}

/// Sends one request to a process that has just begun, and says how many times the input its memory grew.
async fn ask(client: &Client, path: &str, query: &str, form: &str, body: Vec<u8>) -> anyhow::Result<f64> {
    let daemon = Daemon::start(&[("PIVOTD__LIMITS__REQUESTS_PER_S", "0")])?;
    let size = body.len() as f64 / 1_048_576.0;
    let rest = memory(daemon.process(), "VmRSS:")?;
    let request = client.post(format!("http://{}{path}?{query}", daemon.address));
    let mut answer = request.header("content-type", form).body(body).send().await?;
    if !answer.status().is_success() {
        anyhow::bail!("{path} as {form}: {}", answer.text().await?);
    }
    while answer.chunk().await?.is_some() {}
    Ok((memory(daemon.process(), "VmHWM:")? - rest).max(0.0) / size)
}

/// A request in a form: what stands in the query string, and the body.
fn written(form: &str, parameters: &[(&str, &str)], lines: &str, table: &Table) -> anyhow::Result<(String, Vec<u8>)> {
    let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = query.join("&");
    let all = 0..table.row_count();
    Ok(match form {
        "application/json" => {
            let mut body = json!({});
            for (name, value) in parameters {
                let is_list = matches!(*name, "columns" | "features");
                let members = body.as_object_mut().context("an object")?;
                let known = members.entry(*name).or_insert(if is_list { json!([]) } else { json!(value) });
                if let Value::Array(values) = known {
                    values.push(json!(value));
                }
            }
            let parameters = body.to_string();
            let parameters = parameters.trim_start_matches('{').trim_end_matches('}');
            let comma = if parameters.is_empty() { "" } else { "," };
            let rows = lines.trim_end().replace('\n', ",");
            (String::new(), format!("{{{parameters}{comma}\"rows\":[{rows}]}}").into_bytes())
        }
        "application/x-ndjson" => (query, lines.as_bytes().to_vec()),
        "text/csv" => {
            let mut body = Vec::new();
            table::csv::write_header(table, &mut body)?;
            table::csv::write(table, all, &mut body)?;
            (query, body)
        }
        _ => {
            let mut writer = engine::forms::StreamWriter::new(table)?;
            let mut body = Vec::new();
            for start in all.step_by(4_096) {
                body.append(&mut writer.rows(table, start..start + 4_096)?);
            }
            body.append(&mut writer.end()?);
            (query, body)
        }
    })
}

fn time(seconds: usize) -> String {
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    let (month, day) = (day / 28 % 12 + 1, day % 28 + 1);
    format!("2026-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

fn processes(n: usize) -> String {
    let parent = if n.is_multiple_of(7) { 4 } else { n - n % 7 };
    format!(
        r#"{{"TimeGenerated":"{}","Computer":"host-{}","EventID":4688,"SubjectLogonId":"0x3e7","NewProcessId":"{n:#x}","NewProcessName":"C:\\Windows\\program{}.exe","ProcessId":"{parent:#x}","CommandLine":"program.exe -File C:\\{n}.zip"}}"#,
        time(n),
        // A process and its parent are on the same host.
        n / 7 % 9,
        n % 100,
    )
}

fn audit(n: usize) -> String {
    let (at, id) = (1_551_485_405 + n / 3, n / 3);
    let text = match n % 3 {
        0 => format!(
            "type=SYSCALL msg=audit({at}.594:{id}): arch=c000003e syscall=59 success=yes ppid=14 pid={n} comm=\\\"ls\\\" exe=\\\"/bin/ls\\\""
        ),
        1 => format!("type=EXECVE msg=audit({at}.594:{id}): argc=2 a0=\\\"ls\\\" a1=\\\"-l\\\""),
        _ => format!("type=CWD msg=audit({at}.594:{id}): cwd=\\\"/root\\\""),
    };
    format!(r#"{{"message":"{text}"}}"#)
}

fn sudo(n: usize) -> String {
    let message = match n % 3 {
        0 => format!("    user{} : TTY=pts/0 ; PWD=/home/user ; USER=root ; COMMAND=/usr/bin/top -n {n}", n % 9),
        1 => format!("pam_unix(sudo:session): session opened for user root by user{}(uid=0)", n % 9),
        _ => "pam_unix(sudo:session): session closed for user root".to_owned(),
    };
    format!(
        r#"{{"TimeGenerated":"{}","HostName":"web{}","ProcessID":{},"SyslogMessage":"sudo: {message}"}}"#,
        time(n),
        n / 3 % 9,
        n / 3
    )
}

/// A minute apart.
fn points(n: usize) -> String {
    let wave = (n % 24) * 10 + n * 7_919 % 13;
    let at = model::table::datetime_of_ticks((946_684_800 + 60 * n as i64) * model::table::TICKS_PER_SECOND);
    let at = at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
    format!(r#"{{"Time":"{at}","Value":{wave}.5,"Other":{}}}"#, n * 31 % 977)
}

fn anomalies(n: usize) -> String {
    format!(r#"{{"Time":"{}","anomaly":{}}}"#, time(60 * (n % 400_000)), i32::from(n.is_multiple_of(50)))
}

fn sessions(n: usize) -> String {
    let mut session = String::from("[");
    for command in 0..5 {
        let comma = if command == 0 { "" } else { "," };
        let _ = write!(session, "{comma}\"Set-User{}\"", (n * 7 + command * n) % 40);
    }
    format!(r#"{{"session":{session}],"user":"u{}"}}"#, n % 900)
}

fn flows(n: usize) -> String {
    format!(r#"{{"Time":"{}","Host":"host-{}","Bytes":{}}}"#, time(n), n % 50, n * 31 % 977)
}
