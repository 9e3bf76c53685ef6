//! Nested forms in which agents write events, made flat: the names that queries use are those of the inner fields.

use serde_json::{Map, Value};

/// How an agent nests what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not at all.
    Plain,
    /// `Event` with `System` and `EventData`, as the XML of Windows has it.
    Xml,
    /// `winlog` with `event_data`, as Winlogbeat has it.
    Winlogbeat,
    /// `columns` or `snapshot` with a name of the query, as osquery has it.
    Osquery,
}

/// How an object is nested.
pub(super) fn shape(object: &[u8]) -> Shape {
    let Ok(object) = serde_json::from_slice::<Map<String, Value>>(object) else { return Shape::Plain };
    if object.get("Event").and_then(|event| event.get("System")).is_some() {
        Shape::Xml
    } else if object.get("winlog").and_then(|winlog| winlog.get("event_id")).is_some() {
        Shape::Winlogbeat
    } else {
        Shape::Plain
    }
}

impl Shape {
    /// Whether numbers are written as texts.
    pub(super) const fn is_loosely_typed(self) -> bool {
        matches!(self, Self::Xml | Self::Osquery)
    }

    /// The row of an object, and the table that it names.
    pub(super) fn flatten(self, object: Map<String, Value>) -> (Option<String>, Map<String, Value>) {
        match self {
            Self::Plain => (None, object),
            Self::Xml => (None, from_xml(object)),
            Self::Winlogbeat => (None, from_winlogbeat(object)),
            Self::Osquery => from_osquery(object),
        }
    }
}

fn from_xml(mut object: Map<String, Value>) -> Map<String, Value> {
    let Some(Value::Object(mut event)) = object.remove("Event") else { return object };
    let mut row = Map::new();
    if let Some(Value::Object(system)) = event.remove("System") {
        for (name, value) in system {
            match (name.as_str(), value) {
                ("TimeCreated", value) => add(&mut row, "TimeGenerated", attribute(value, "SystemTime")),
                ("Provider", value) => add(&mut row, "Provider", attribute(value, "Name")),
                ("Execution", Value::Object(execution)) => {
                    for (name, value) in attributes(execution) {
                        add(&mut row, &format!("Execution{name}"), value);
                    }
                }
                ("Security", value) => add(&mut row, "SystemUserID", attribute(value, "UserID")),
                ("EventID", value) => add(&mut row, "EventID", text_of(value)),
                (name, value) => add(&mut row, name, text_of(value)),
            }
        }
    }
    for part in ["EventData", "UserData"] {
        if let Some(data) = event.remove(part) {
            add_data(&mut row, data);
        }
    }
    row
}

/// `EventData` is an object of names, or a list of `{"@Name": …, "#text": …}`.
fn add_data(row: &mut Map<String, Value>, data: Value) {
    let Value::Object(data) = data else { return };
    for (name, value) in data {
        match (name.as_str(), value) {
            ("Data", Value::Array(items)) => {
                for item in items {
                    let name = attribute(item.clone(), "Name");
                    if let Value::String(name) = name {
                        add(row, &name, text_of(item));
                    }
                }
            }
            (name, Value::Object(inner)) if !name.starts_with(['@', '#']) => add_data(row, Value::Object(inner)),
            (name, value) if !name.starts_with(['@', '#']) => add(row, name, value),
            _ => {}
        }
    }
}

/// The attribute of an element, in whichever way the converter from XML wrote it.
fn attribute(value: Value, name: &str) -> Value {
    match value {
        Value::Object(element) => {
            attributes(element).find(|(key, _)| key == name).map_or(Value::Null, |(_, value)| value)
        }
        value => value,
    }
}

fn attributes(element: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    element.into_iter().flat_map(|(key, value)| match (key.as_str(), value) {
        ("#attributes", Value::Object(inner)) => inner.into_iter().collect(),
        (key, value) => vec![(key.trim_start_matches('@').to_owned(), value)],
    })
}

/// The text of an element that may have attributes.
fn text_of(value: Value) -> Value {
    match value {
        Value::Object(mut element) if element.contains_key("#text") => element.remove("#text").unwrap_or_default(),
        value => value,
    }
}

fn from_winlogbeat(mut object: Map<String, Value>) -> Map<String, Value> {
    let mut row = Map::new();
    if let Some(Value::Object(mut winlog)) = object.remove("winlog") {
        let data = winlog.remove("event_data");
        for (name, column) in [
            ("event_id", "EventID"),
            ("computer_name", "Computer"),
            ("channel", "Channel"),
            ("provider_name", "Provider"),
            ("record_id", "EventRecordID"),
            ("task", "Task"),
            ("opcode", "Opcode"),
        ] {
            if let Some(value) = winlog.remove(name) {
                add(&mut row, column, value);
            }
        }
        if let Some(data) = data {
            add_data(&mut row, data);
        }
    }
    for (name, value) in object {
        add(&mut row, if name == "@timestamp" { "TimeGenerated" } else { &name }, value);
    }
    row
}

/// What osquery says of a query's rows: `pack_<pack>_<table>` names the table.
fn from_osquery(mut object: Map<String, Value>) -> (Option<String>, Map<String, Value>) {
    let name = object.get("name").and_then(Value::as_str).unwrap_or("osquery");
    let table = name.strip_prefix("pack_").and_then(|rest| rest.split_once('_')).map_or(name, |(_, table)| table);
    let table = Some(table.to_owned());
    let mut row = Map::new();
    for inner in ["columns", "decorations"] {
        if let Some(Value::Object(fields)) = object.remove(inner) {
            fields.into_iter().for_each(|(name, value)| add(&mut row, &name, value));
        }
    }
    object.into_iter().for_each(|(name, value)| add(&mut row, &name, value));
    (table, row)
}

/// Adds a member; one of that name that is there already keeps it.
fn add(row: &mut Map<String, Value>, name: &str, value: Value) {
    if !row.contains_key(name) {
        row.insert(name.to_owned(), value);
    } else if row.get(name) != Some(&value) {
        row.entry(format!("{name}_")).or_insert(value);
    }
}
