//! Where each log says what: the columns of process events by schema, and which schema a table has.

use std::borrow::Cow;

use model::{Fault, Faulty, Table};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TreeError;

/// The name of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SchemaName {
    /// Windows security log, event 4688 (`SecurityEvent`).
    WindowsSecurity,
    /// Sysmon, event 1.
    Sysmon,
    /// Linux audit: records of execve, assembled.
    LinuxAuditd,
    /// Microsoft Defender: `DeviceProcessEvents`.
    Mde,
    /// Microsoft Defender's older tables, with `CreatedProcess…` and `InitiatingProcess…`.
    MdeLegacy,
    /// osquery's process events.
    Osquery,
    /// `FireEye` HX process events.
    FireeyeHx,
    /// The caller says where what stands.
    Custom,
}

/// No known schema fits the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the columns fit no known schema: say which, or use the schema custom and name the columns")]
pub struct NoSchema;

impl Faulty for NoSchema {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

type Name = Cow<'static, str>;

/// Where events say what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Its name.
    pub name: SchemaName,
    /// When the process began: in the first of these columns that says it.
    pub(super) times: Vec<Name>,
    /// Name or path of the program.
    pub(super) process_name: Name,
    /// Number of the process.
    pub(super) process_id: Name,
    /// Name or path of the parent's program.
    pub(super) parent_name: Option<Name>,
    /// Number of the parent.
    pub(super) parent_id: Name,
    /// The command line.
    pub(super) command_line: Option<Name>,
    /// The account.
    pub(super) user: Option<Name>,
    /// The host: in the first of these columns that the table has.
    pub(super) hosts: Vec<Name>,
    /// Which of the events start a process: a column and its value.
    pub(super) event: Option<(Name, Name)>,
    /// What stands in the event about parent and grandparent.
    pub(super) stated: Option<Stated>,
}

/// Columns in which Defender states who the parent and its parent are, to the very start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) parent_time: &'static str,
    pub(super) grandparent_name: &'static str,
    pub(super) grandparent_id: &'static str,
    pub(super) grandparent_time: &'static str,
}

/// What the caller says about a table of no known schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomSchema {
    /// When the process began.
    pub time: String,
    /// Name or path of the program.
    pub process_name: String,
    /// Number of the process.
    pub process_id: String,
    /// Number of the parent.
    pub parent_id: String,
    /// Name or path of the parent's program.
    pub parent_name: Option<String>,
    /// The command line.
    pub command_line: Option<String>,
    /// The account.
    pub user: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// Which of the events start a process: a column and its value.
    pub event: Option<(String, String)>,
}

impl From<CustomSchema> for Schema {
    fn from(custom: CustomSchema) -> Self {
        Self {
            name: SchemaName::Custom,
            times: vec![custom.time.into()],
            process_name: custom.process_name.into(),
            process_id: custom.process_id.into(),
            parent_name: custom.parent_name.map(Into::into),
            parent_id: custom.parent_id.into(),
            command_line: custom.command_line.map(Into::into),
            user: custom.user.map(Into::into),
            hosts: custom.host.map(Into::into).into_iter().collect(),
            event: custom.event.map(|(column, value)| (column.into(), value.into())),
            stated: None,
        }
    }
}

/// Of so many columns a table must have one to be taken for a table of a schema.
const ENOUGH: usize = 4;

impl Schema {
    /// The schema of a name; none for `custom`.
    pub fn of(name: SchemaName) -> Option<Self> {
        // Time; program and number; parent's program and number; command line, account, host; event and its value.
        type Row = (
            &'static [&'static str],
            [&'static str; 2],
            [&'static str; 2],
            [&'static str; 2],
            &'static [&'static str],
            [&'static str; 2],
        );
        let (times, process, parent, [command_line, user], hosts, [event, value]): Row = match name {
            SchemaName::WindowsSecurity => (
                &["TimeGenerated", "TimeCreated", "EventTime", "@timestamp"],
                ["NewProcessName", "NewProcessId"],
                ["ParentProcessName", "ProcessId"],
                ["CommandLine", "SubjectUserName"],
                &["Computer", "Hostname"],
                ["EventID", "4688"],
            ),
            SchemaName::Sysmon => (
                &["UtcTime", "TimeGenerated", "@timestamp"],
                ["Image", "ProcessId"],
                ["ParentImage", "ParentProcessId"],
                ["CommandLine", "User"],
                &["Computer", "Hostname"],
                ["EventID", "1"],
            ),
            SchemaName::LinuxAuditd => (
                &["TimeGenerated"],
                ["exe", "pid"],
                ["", "ppid"],
                ["cmdline", "acct"],
                &["Computer"],
                ["EventType", "SYSCALL_EXECVE"],
            ),
            SchemaName::Mde => (
                &["ProcessCreationTime", "Timestamp", "TimeGenerated"],
                ["FileName", "ProcessId"],
                ["InitiatingProcessFileName", "InitiatingProcessId"],
                ["ProcessCommandLine", "AccountName"],
                &["DeviceName"],
                ["ActionType", "ProcessCreated"],
            ),
            SchemaName::MdeLegacy => (
                &["CreatedProcessCreationTime"],
                ["CreatedProcessName", "CreatedProcessId"],
                ["InitiatingProcessName", "InitiatingProcessId"],
                ["CreatedProcessCommandLine", "CreatedProcessAccountName"],
                &["ComputerDnsName"],
                ["", ""],
            ),
            SchemaName::Osquery => (
                &["calendarTime"],
                ["name", "pid"],
                ["", "parent"],
                ["cmdline", "username"],
                &["hostIdentifier"],
                ["", ""],
            ),
            SchemaName::FireeyeHx => (
                &["starttime"],
                ["process", "pid"],
                ["parentprocess", "parentpid"],
                ["processcmdline", "username"],
                &["hostname"],
                ["eventtype", "start"],
            ),
            SchemaName::Custom => return None,
        };
        let optional = |column: &'static str| (!column.is_empty()).then_some(Cow::Borrowed(column));
        let all = |columns: &[&'static str]| columns.iter().map(|column| Cow::Borrowed(*column)).collect();
        let ([process_name, process_id], [parent_name, parent_id]) = (process, parent);
        Some(Self {
            name,
            times: all(times),
            process_name: process_name.into(),
            process_id: process_id.into(),
            parent_name: optional(parent_name),
            parent_id: parent_id.into(),
            command_line: optional(command_line),
            user: optional(user),
            hosts: all(hosts),
            event: optional(event).map(|event| (event, value.into())),
            stated: stated(name),
        })
    }

    /// The schema whose columns a table has most of, of those that it has what they need of.
    pub fn infer(table: &Table) -> Result<Self, NoSchema> {
        const ALL: [SchemaName; 7] = [
            SchemaName::WindowsSecurity,
            SchemaName::Sysmon,
            SchemaName::LinuxAuditd,
            SchemaName::Mde,
            SchemaName::MdeLegacy,
            SchemaName::Osquery,
            SchemaName::FireeyeHx,
        ];
        let fitting = ALL.into_iter().filter_map(Self::of).filter(|schema| schema.check(table).is_ok());
        let counted = fitting.map(|schema| (schema.present(table), schema));
        counted
            .filter(|(count, _)| *count >= ENOUGH)
            .max_by_key(|(count, _)| *count)
            .map(|(_, schema)| schema)
            .ok_or(NoSchema)
    }

    /// A table must have the columns without which there is no tree. One without any column has no rows either.
    pub fn check(&self, table: &Table) -> Result<(), TreeError> {
        let has = |name: &Name| table.column(name).is_some();
        if table.columns().is_empty() {
            return Ok(());
        }
        let needed = [&self.process_name, &self.process_id, &self.parent_id];
        let missing = needed.into_iter().find(|name| !has(name));
        let no_time = || self.times.first().filter(|_| !self.times.iter().any(has));
        missing.or_else(no_time).map_or(Ok(()), |name| Err(TreeError::MissingColumn(name.to_string())))
    }

    fn present(&self, table: &Table) -> usize {
        let needed = [&self.process_name, &self.process_id, &self.parent_id];
        let optional = [&self.parent_name, &self.command_line, &self.user].into_iter().flatten();
        let event = self.event.iter().map(|(column, _)| column);
        let all = needed.into_iter().chain(&self.times).chain(optional).chain(&self.hosts).chain(event);
        all.filter(|name| table.column(name).is_some()).count()
    }

    /// The columns with the command line and the account.
    pub fn description_columns(&self) -> [Option<&str>; 2] {
        [self.command_line.as_deref(), self.user.as_deref()]
    }
}

fn stated(name: SchemaName) -> Option<Stated> {
    match name {
        SchemaName::Mde => Some(Stated {
            parent_time: "InitiatingProcessCreationTime",
            grandparent_name: "InitiatingProcessParentFileName",
            grandparent_id: "InitiatingProcessParentId",
            grandparent_time: "InitiatingProcessParentCreationTime",
        }),
        SchemaName::MdeLegacy => Some(Stated {
            parent_time: "InitiatingProcessCreationTime",
            grandparent_name: "InitiatingProcessParentProcessName",
            grandparent_id: "InitiatingProcessParentProcessId",
            grandparent_time: "InitiatingProcessParentCreationTime",
        }),
        _ => None,
    }
}
