//! What sessions must be: against MSTICPy's on the shared data, and in the cases that it gets wrong.

use std::{fs, path::Path};

use model::table;

use super::*;

const LOG: &str = "\
Jul  8 16:08:00 web1 sshd[100]: Accepted publickey for peteb from 198.51.100.7 port 50000 ssh2
Jul  8 16:08:01 web1 sshd[100]: pam_unix(sshd:session): session opened for user peteb(uid=1000) by (uid=0)
Jul  8 16:08:05 web1 sudo:    peteb : TTY=pts/0 ; PWD=/home/peteb ; USER=root ; COMMAND=/usr/bin/top -b
Jul  8 16:08:05 web1 sudo: pam_unix(sudo:session): session opened for user root by peteb(uid=0)
Jul  8 16:08:06 web1 kernel: something else
Jul  8 16:09:05 web1 sudo: pam_unix(sudo:session): session closed for user root
Jul  8 16:09:06 web1 sudo:    eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/cat /etc/shadow
<86>2019-07-08T16:10:00Z web1 sshd[101]: Failed password for invalid user admin from 203.0.113.9 port 1 ssh2
Jul  8 16:11:00 web1 sshd[100]: pam_unix(sshd:session): session closed for user peteb
Jul  8 16:12:00 web1 sshd[7]: pam_unix(sshd:session): session closed for user old
Jul  8 16:13:00 web1 su: pam_unix(su:session): session opened for user root by bob(uid=1001)
";

#[test]
fn a_log_gives_its_sessions() {
    let found: Vec<_> = sessions(read_log(LOG, 2019))
        .into_iter()
        .map(|session| {
            let minute =
                |time: Option<DateTime<Utc>>| time.map(|time| time.format("%H:%M:%S").to_string()).unwrap_or_default();
            let by = session.by.unwrap_or_default();
            format!(
                "{} {by}>{} {}-{} {}",
                session.service,
                session.user,
                minute(session.start),
                minute(session.end),
                session.ending.as_str()
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "sshd >peteb 16:08:01-16:11:00 closed",
            "sudo peteb>root 16:08:05-16:09:05 closed",
            "sudo eve>root 16:09:06-16:09:06 denied",
            "sshd >admin 16:10:00-16:10:00 failed",
            "sshd >old -16:12:00 no_start",
            "su bob>root 16:13:00- open",
        ]
    );
}

#[test]
fn sessions_have_their_commands_and_addresses() {
    let found = sessions(read_log(LOG, 2019));
    assert_eq!(found[0].source_address, Some("198.51.100.7"));
    assert_eq!(found[0].method, Some("publickey"));
    assert_eq!(found[1].command, Some("/usr/bin/top -b"));
    assert_eq!(found[2].reason, Some("user NOT in sudoers"));
    assert!(found[5].is_sudo() && !found[0].is_sudo());
}

#[test]
fn a_name_cannot_forge_an_address() {
    let message = Message::read("Failed password for invalid user x from 10.0.0.1 port 1 from 203.0.113.9 port 2 ssh2");
    assert!(matches!(message, Some(Message::Failed { address, .. }) if address == "203.0.113.9"));
}

#[test]
fn sessions_of_one_account_at_once_are_all_there() {
    // MSTICPy takes sessions that overlap for one.
    let log = "\
Jul  8 16:00:00 a sudo: pam_unix(sudo:session): session opened for user root by x(uid=0)
Jul  8 16:00:10 a sudo: pam_unix(sudo:session): session opened for user root by y(uid=0)
Jul  8 16:00:20 a sudo: pam_unix(sudo:session): session closed for user root
Jul  8 16:00:30 b sudo: pam_unix(sudo:session): session closed for user root
";
    let found = sessions(read_log(log, 2019));
    let endings: Vec<_> = found.iter().map(|session| session.ending.as_str()).collect();
    assert_eq!(endings, ["open", "closed", "no_start"]);
}

fn shared(file: &str) -> Option<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    let Ok(bytes) = fs::read(&path) else {
        eprintln!("skipped: {file} is not here");
        return None;
    };
    Some(table::csv::read(&bytes).unwrap().into_table(None).unwrap())
}

#[test]
fn the_shared_data_gives_the_sessions_that_the_oracle_says() {
    let Some(table) = shared("syslog_data.csv") else { return };
    let found = sessions(read_table(&table, &Columns::default()).unwrap());
    let golden =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/syslog/syslog_data.csv")).unwrap();
    let mut minutes: Vec<_> = found
        .iter()
        .filter(|session| session.ending == Ending::Closed)
        .map(|session| format!("{} {}", session.start.unwrap().to_rfc3339(), session.end.unwrap().to_rfc3339()))
        .collect();
    minutes.dedup();
    assert_eq!(minutes, golden.lines().collect::<Vec<_>>());
    let with_command = found.iter().filter(|session| session.command.is_some()).count();
    assert!(with_command * 10 >= found.len() * 9, "{with_command} of {}", found.len());
}

#[test]
fn sessions_that_are_never_closed_are_there() {
    // MSTICPy finds none at all in this file.
    let Some(table) = shared("sudo_data.csv") else { return };
    let found = sessions(read_table(&table, &Columns::default()).unwrap());
    assert_eq!(found.len(), 11);
    for session in &found {
        assert_eq!((session.ending, session.command.is_some(), session.by), (Ending::Open, true, Some("peteb")));
    }
}

#[test]
fn a_missing_column_is_named_and_a_missing_time_told() {
    let rows = serde_json::json!([{ "TimeGenerated": "soon", "SyslogMessage": "pam_unix(sudo:session): session closed for user root" }]);
    let table = serde_json::from_value::<model::Rows>(rows).unwrap().into_table(None).unwrap();
    assert_eq!(read_table(&table, &Columns::default()).unwrap().unreadable, [0]);
    let columns = Columns { message: "Message".into(), ..Columns::default() };
    assert_eq!(read_table(&table, &columns), Err(SyslogError::MissingColumn("Message".into())));
}
