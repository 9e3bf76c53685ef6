//! Events in CEF as rows of Sentinel's `CommonSecurityLog`.
//!
//! The columns of the keys: <https://learn.microsoft.com/azure/sentinel/cef-name-mapping>.

use chrono::{DateTime, Utc};
use extract::cef::Event;
use model::Rows;
use serde_json::{Map, Value};

/// Where such events belong.
pub(super) const TABLE: &str = "CommonSecurityLog";

/// The columns of the header.
const HEADER: [Option<&str>; 7] = [
    None,
    Some("DeviceVendor"),
    Some("DeviceProduct"),
    Some("DeviceVersion"),
    Some("DeviceEventClassID"),
    Some("Activity"),
    Some("LogSeverity"),
];

/// The columns of the keys whose names differ from them in more than case.
#[rustfmt::skip]
const KEYS: [(&str, &str); 69] = [
    ("act", "DeviceAction"), ("app", "ApplicationProtocol"), ("cat", "DeviceEventCategory"), ("cnt", "EventCount"),
    ("dhost", "DestinationHostName"), ("dmac", "DestinationMACAddress"), ("dntdom", "DestinationNTDomain"),
    ("dpid", "DestinationProcessId"), ("dpriv", "DestinationUserPrivileges"), ("dproc", "DestinationProcessName"),
    ("dpt", "DestinationPort"), ("dst", "DestinationIP"), ("dtz", "DeviceTimeZone"), ("duid", "DestinationUserID"),
    ("duser", "DestinationUserName"), ("dvc", "DeviceAddress"), ("dvchost", "DeviceName"), ("dvcmac", "DeviceMacAddress"),
    ("dvcpid", "ProcessID"), ("end", "EndTime"), ("externalId", "ExternalID"), ("fname", "FileName"),
    ("fsize", "FileSize"), ("in", "ReceivedBytes"), ("msg", "Message"), ("out", "SentBytes"), ("outcome", "EventOutcome"),
    ("proto", "Protocol"), ("request", "RequestURL"), ("rt", "ReceiptTime"), ("shost", "SourceHostName"),
    ("smac", "SourceMACAddress"), ("sntdom", "SourceNTDomain"), ("spid", "SourceProcessId"),
    ("spriv", "SourceUserPrivileges"), ("sproc", "SourceProcessName"), ("spt", "SourcePort"), ("src", "SourceIP"),
    ("start", "StartTime"), ("suid", "SourceUserID"), ("suser", "SourceUserName"), ("type", "EventType"),
    ("deviceDirection", "CommunicationDirection"), ("deviceProcessName", "ProcessName"),
    ("cs1", "DeviceCustomString1"), ("cs1Label", "DeviceCustomString1Label"), ("cs2", "DeviceCustomString2"),
    ("cs2Label", "DeviceCustomString2Label"), ("cs3", "DeviceCustomString3"), ("cs3Label", "DeviceCustomString3Label"),
    ("cs4", "DeviceCustomString4"), ("cs4Label", "DeviceCustomString4Label"), ("cs5", "DeviceCustomString5"),
    ("cs5Label", "DeviceCustomString5Label"), ("cs6", "DeviceCustomString6"), ("cs6Label", "DeviceCustomString6Label"),
    ("cn1", "DeviceCustomNumber1"), ("cn1Label", "DeviceCustomNumber1Label"), ("cn2", "DeviceCustomNumber2"),
    ("cn2Label", "DeviceCustomNumber2Label"), ("cn3", "DeviceCustomNumber3"), ("cn3Label", "DeviceCustomNumber3Label"),
    ("cfp1", "DeviceCustomFloatingPoint1"), ("cfp1Label", "DeviceCustomFloatingPoint1Label"),
    ("c6a1", "DeviceCustomIPv6Address1"), ("c6a2", "DeviceCustomIPv6Address2"), ("c6a3", "DeviceCustomIPv6Address3"),
    ("c6a4", "DeviceCustomIPv6Address4"), ("deviceExternalId", "DeviceExternalID"),
];

/// The keys whose columns have their names, with a capital letter.
#[rustfmt::skip]
const SAME: [&str; 37] = [
    "deviceFacility", "deviceInboundInterface", "deviceOutboundInterface", "devicePayloadId", "deviceDnsDomain",
    "deviceNtDomain", "deviceTranslatedAddress", "deviceCustomDate1", "deviceCustomDate1Label", "deviceCustomDate2",
    "deviceCustomDate2Label", "destinationDnsDomain", "destinationServiceName", "destinationTranslatedAddress",
    "destinationTranslatedPort", "fileCreateTime", "fileHash", "fileId", "fileModificationTime", "filePath",
    "filePermission", "fileType", "flexDate1", "flexNumber1", "flexNumber2", "flexString1", "flexString2",
    "oldFileHash", "oldFileName", "oldFilePath", "reason", "requestClientApplication", "requestContext",
    "requestCookies", "requestMethod", "sourceDnsDomain", "sourceServiceName",
];

/// Rows of the table.
#[derive(Default)]
pub(super) struct Events(Rows);

impl Events {
    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.0.row_count()
    }

    /// Adds an event, of this time unless it says one itself.
    pub(super) fn add(&mut self, event: &Event<'_>, time: Option<DateTime<Utc>>) {
        let mut row = Map::new();
        if let Some(time) = time {
            row.insert("TimeGenerated".to_owned(), Value::String(time.to_rfc3339()));
        }
        for (column, value) in HEADER.iter().zip(&event.header) {
            if let Some(column) = column {
                row.insert((*column).to_owned(), Value::String(value.clone().into_owned()));
            }
        }
        let mut more = Vec::new();
        for (key, value) in &event.extension {
            match column(key) {
                Some(column) => {
                    row.insert(column, Value::String(value.clone().into_owned()));
                }
                None => more.push(format!("{key}={value}")),
            }
        }
        if !more.is_empty() {
            row.insert("AdditionalExtensions".to_owned(), Value::String(more.join(";")));
        }
        // Its columns are those above and no more: it is a row.
        let _ = self.0.read_row(&serde_json::to_vec(&row).unwrap_or_default());
    }

    /// The rows; everything in CEF is text.
    pub(super) fn into_rows(self) -> Rows {
        self.0.loosely_typed()
    }
}

fn column(key: &str) -> Option<String> {
    if let Some((_, column)) = KEYS.iter().find(|(known, _)| *known == key) {
        return Some((*column).to_owned());
    }
    let same = SAME.iter().find(|known| **known == key)?;
    let mut letters = same.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
