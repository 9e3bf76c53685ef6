//! What the events of Windows are: the title of each and where the audit policy has it, by log and number.
//!
//! Titles and categories are those of Microsoft's documentation of security auditing, and of Sysmon's.

use std::{collections::HashMap, sync::OnceLock};

use model::{Column, ColumnType, Table, TableError, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::beside::beside;

/// A line for each: log, number, category, subcategory, title.
const EVENTS: &str = include_str!("windows_events/events.tsv");

/// A log of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = WindowsLog)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// The security log.
    Security,
    /// The system log.
    System,
    /// Sysmon's operational log.
    Sysmon,
    /// The logs of PowerShell.
    Powershell,
}

impl Log {
    /// The log that a name of a channel or a provider means: `Microsoft-Windows-Sysmon/Operational` is Sysmon's.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        match name.as_str() {
            _ if name.contains("sysmon") => Some(Self::Sysmon),
            _ if name.contains("powershell") => Some(Self::Powershell),
            _ if name.contains("security") => Some(Self::Security),
            "system" | "service control manager" => Some(Self::System),
            _ => None,
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "sysmon" => Self::Sysmon,
            "system" => Self::System,
            "powershell" => Self::Powershell,
            _ => Self::Security,
        }
    }
}

/// An event of Windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WindowsEvent {
    /// The log that it is in.
    pub log: Log,
    /// Its number.
    #[schema(example = 4688)]
    pub event_id: u32,
    /// What it says.
    #[schema(value_type = String, example = "A new process has been created")]
    pub description: &'static str,
    /// Where the audit policy has it.
    #[schema(value_type = String, example = "Detailed Tracking")]
    pub category: &'static str,
    /// Where exactly.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(value_type = String, example = "Process Creation")]
    pub subcategory: &'static str,
}

/// All events that are known.
pub fn windows_events() -> &'static [WindowsEvent] {
    static ALL: OnceLock<Vec<WindowsEvent>> = OnceLock::new();
    ALL.get_or_init(|| EVENTS.lines().filter_map(read).collect())
}

fn read(line: &'static str) -> Option<WindowsEvent> {
    let mut fields = line.split('\t');
    let (log, event_id) = (Log::read(fields.next()?), fields.next()?.parse().ok()?);
    let (category, subcategory, description) = (fields.next()?, fields.next()?, fields.next()?);
    Some(WindowsEvent { log, event_id, description, category, subcategory })
}

/// Adds `event_description`, `event_category` and `event_subcategory` by the numbers in a column, and the names of logs in
/// another; where that says nothing, they are of `log`. Gives how many rows have an event that is not known.
pub fn describe_events(
    table: Table,
    id_column: &str,
    log_column: Option<&str>,
    log: Log,
) -> Result<(Table, usize), TableError> {
    let by_number: HashMap<_, _> = windows_events().iter().map(|event| ((event.log, event.event_id), event)).collect();
    let names = ["event_description", "event_category", "event_subcategory"];
    let mut added = names.map(|name| Column::new(name, ColumnType::String));
    let log_column = log_column.and_then(|name| table.column(name));
    let mut unknown = 0;
    for (row, id) in table.column(id_column).into_iter().flat_map(Column::iter).enumerate() {
        let named = log_column.and_then(|column| Log::of(&column.value(row).to_text()));
        let id = id.cast(ColumnType::Long).and_then(|id| match id {
            Value::Long(id) => u32::try_from(id).ok(),
            _ => None,
        });
        let event = id.and_then(|id| by_number.get(&(named.unwrap_or(log), id)));
        unknown += usize::from(event.is_none());
        let cells = event.map_or([None; 3], |event| [event.description, event.category, event.subcategory].map(Some));
        for (column, cell) in added.iter_mut().zip(cells) {
            // A text fits a column of texts.
            let _ = column.push(cell.filter(|cell| !cell.is_empty()).into());
        }
    }
    Ok((beside(table, added.into())?, unknown))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use model::Rows;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_event_is_there_once() {
        let events = windows_events();
        assert_eq!(events.len(), EVENTS.lines().count(), "a line that is not read");
        let numbers: HashSet<_> = events.iter().map(|event| (event.log, event.event_id)).collect();
        assert_eq!(numbers.len(), events.len());
        assert!(events.iter().all(|event| !event.description.is_empty() && !event.category.is_empty()));
        let logon = events.iter().find(|event| event.event_id == 4624).unwrap();
        assert_eq!((logon.description, logon.category), ("An account was successfully logged on", "Logon/Logoff"));
    }

    #[test]
    fn rows_are_described_by_number_and_log() {
        let rows = json!([
            { "EventID": 4688, "Channel": "Security" },
            { "EventID": "1", "Channel": "Microsoft-Windows-Sysmon/Operational" },
            { "EventID": 4688, "Channel": null },
            { "EventID": 99999, "Channel": "Security" },
            { "EventID": null, "Channel": "Security" },
        ]);
        let table = serde_json::from_value::<Rows>(rows).unwrap().into_table(None).unwrap();
        let (table, unknown) = describe_events(table, "EventID", Some("Channel"), Log::Security).unwrap();
        let said: Vec<_> =
            table.column("event_description").unwrap().iter().map(|value| value.to_text().into_owned()).collect();
        let process = "A new process has been created";
        assert_eq!(said, [process, "Process creation", process, "", ""]);
        assert_eq!((unknown, table.value(0, "event_subcategory")), (2, "Process Creation".into()));
    }
}
