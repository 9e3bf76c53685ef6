//! Events as Windows writes them, always the same ones, as files of Parquet.

use std::{fs, path::Path};

use engine::forms::write_parquet;
use model::{Column, ColumnType, Table, Value, table::datetime_of_ticks};

/// Rows of all files.
const ROWS: u64 = 10_000_000;
const FILES: u64 = 20;
const COMPUTERS: u64 = 5_000;
const ACCOUNTS: u64 = 50_000;
/// The first event, in ticks: 2026-06-01.
const START: i64 = 17_802_720_000_000_000;
/// Thirty days later.
pub const END: i64 = START + 30 * 86_400 * 10_000_000;

/// Kinds of events and how many of a hundred are of each.
const KINDS: [(i64, u64); 6] = [(4624, 40), (4688, 30), (4634, 15), (4672, 8), (4625, 5), (7045, 2)];
const COMMANDS: [&str; 12] = [
    r"C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule",
    r"powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\Scripts\inventory.ps1 -Host",
    r"C:\Windows\system32\cmd.exe /c whoami /all > C:\Temp\out.txt",
    r#""C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=en-US"#,
    r"C:\Windows\System32\rundll32.exe shell32.dll,Control_RunDLL",
    r"net.exe user administrator /domain",
    r"C:\Windows\System32\wbem\wmic.exe process call create",
    r"schtasks.exe /Query /TN \Microsoft\Windows\Defrag\ScheduledDefrag /XML",
    r"reg.exe add HKLM\Software\Policies\Example /v Enabled /t REG_DWORD /d 1 /f",
    r"C:\Windows\System32\conhost.exe 0xffffffff -ForceV1",
    r"taskhostw.exe SYSTEM",
    r"C:\Windows\System32\backgroundTaskHost.exe -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca",
];

/// Writes the tables `SecurityEvent` and `Hosts`, each to a folder of its own.
pub fn write(folder: &Path) -> anyhow::Result<()> {
    let (events, hosts) = (folder.join("SecurityEvent"), folder.join("Hosts"));
    fs::create_dir_all(&events)?;
    fs::create_dir_all(&hosts)?;
    fs::write(hosts.join("hosts.parquet"), write_parquet(&hosts_table()?)?)?;
    for file in 0..FILES {
        let rows = ROWS / FILES;
        let table = events_table(file * rows..(file + 1) * rows)?;
        fs::write(events.join(format!("{file:02}.parquet")), write_parquet(&table)?)?;
    }
    Ok(())
}

fn hosts_table() -> anyhow::Result<Table> {
    let names = (0..COMPUTERS).map(computer);
    let sites = (0..COMPUTERS).map(|number| format!("site{:02}", number % 40));
    Ok(Table::new(vec![
        Column::of("Computer", ColumnType::String, names)?,
        Column::of("Site", ColumnType::String, sites)?,
    ])?)
}

fn events_table(rows: std::ops::Range<u64>) -> anyhow::Result<Table> {
    let mut columns = [
        ("TimeGenerated", ColumnType::Datetime),
        ("Computer", ColumnType::String),
        ("Account", ColumnType::String),
        ("EventID", ColumnType::Long),
        ("CommandLine", ColumnType::String),
        ("Detail", ColumnType::Dynamic),
        ("Bytes", ColumnType::Long),
    ]
    .map(|(name, kind)| Column::new(name, kind));
    for row in rows {
        let mut dice = Dice(row);
        let kind = dice.kind();
        let cells = [
            Value::from(datetime_of_ticks(START + (END - START) / ROWS as i64 * row as i64)),
            computer(dice.below(COMPUTERS)).into(),
            format!(r"CONTOSO\user{:05}", dice.skewed(ACCOUNTS)).into(),
            kind.into(),
            if kind == 4688 { dice.command().into() } else { "".into() },
            Value::Dynamic(dice.detail(kind).into()),
            i64::try_from(dice.below(1_000_000_000))?.into(),
        ];
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell)?;
        }
    }
    Ok(Table::new(columns.into())?)
}

fn computer(number: u64) -> String {
    format!("host{number:04}.contoso.example")
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Small numbers more often than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let (one, other) = (self.below(end), self.below(end));
        one.min(other)
    }

    fn kind(&mut self) -> i64 {
        let mut place = self.below(100);
        for (kind, share) in KINDS {
            if place < share {
                return kind;
            }
            place -= share;
        }
        0
    }

    fn command(&mut self) -> String {
        // One in a thousand is what somebody hunts for.
        if self.below(1_000) == 0 {
            return format!(r#"C:\Temp\Mimikatz.exe "sekurlsa::logonpasswords" {:x}"#, self.next());
        }
        let command = COMMANDS[self.below(COMMANDS.len() as u64) as usize];
        format!("{command} {:x}", self.below(100_000))
    }

    fn detail(&mut self, kind: i64) -> String {
        let (a, b, logon) = (self.below(64), self.below(256), [2, 3, 3, 3, 5, 7, 10][self.below(7) as usize]);
        format!(
            r#"{{"Channel":"Security","Event":{kind},"LogonType":{logon},"IpAddress":"10.0.{a}.{b}","Process":{{"Id":{},"Name":"lsass.exe"}},"Keywords":["Audit","Success"]}}"#,
            self.below(60_000)
        )
    }
}
