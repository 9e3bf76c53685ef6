//! DNS records as the service tells them, and the types that can be asked for.

use std::{fmt::Write as _, net::SocketAddr};

pub use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::{
    lookup::Lookup,
    proto::rr::{Name, RData, Record},
};
use model::{Fault, Faulty};

/// What a name server says about a name and a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsAnswer {
    /// Whether there is anything.
    pub presence: Presence,
    /// The records, aliases on the way to them first; empty unless something is present.
    pub records: Vec<DnsRecord>,
    /// The name at the end of the aliases; the name that was asked if there are none.
    pub canonical_name: String,
    /// The name server that said so.
    pub name_server: SocketAddr,
}

/// Whether a name and its records exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// There are records of the type.
    Present,
    /// The name exists, but has no record of the type (NODATA).
    NoRecord,
    /// The name does not exist (NXDOMAIN).
    NoName,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsRecord {
    /// Whose record it is: lower case, ASCII, without the dot of the root.
    pub name: String,
    /// Its type, such as `MX`; `TYPE64` and the like where it has no name (RFC 3597 section 5).
    pub record_type: String,
    /// Seconds for which it may still be kept.
    pub ttl_s: u32,
    /// What it says. Names are ASCII without the dot of the root; the strings of a TXT record are joined; the rest is as in
    /// a zone file.
    pub data: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// Not a name that can be asked: a label or the whole is too long, or a character is not allowed.
    #[error("not a name that can be asked")]
    BadName,
    /// A type that is not asked for: transfers of zones, and what is not a type of record.
    #[error("not a type of record that can be asked")]
    BadType,
    /// The name servers did not want to answer.
    #[error("the name servers refused to answer")]
    Refused,
    /// The name servers could not find out.
    #[error("the name servers could not find out")]
    ServerFailure,
    /// No name server was reached.
    #[error("no name server was reached")]
    Unreachable,
    /// The deadline passed.
    #[error("the deadline passed")]
    Timeout,
}

impl Faulty for DnsError {
    fn fault(&self) -> Fault {
        match self {
            Self::BadName | Self::BadType => Fault::Invalid,
            Self::Timeout => Fault::Timeout,
            Self::Refused | Self::ServerFailure | Self::Unreachable => Fault::Upstream,
        }
    }
}

/// Reads a type by its name in any case, or as `TYPE64`; `None` for what cannot be asked.
pub fn record_type(text: &str) -> Option<RecordType> {
    let text = text.trim().to_ascii_uppercase();
    let by_number = text.strip_prefix("TYPE").and_then(|number| number.parse::<u16>().ok()).map(RecordType::from);
    by_number.or_else(|| text.parse().ok()).filter(|record_type| can_be_asked(*record_type))
}

/// Transfers are not questions, and some types stand only beside others (RFC 6895 section 3.1).
pub(super) fn can_be_asked(record_type: RecordType) -> bool {
    use RecordType::{AXFR, IXFR, OPT, TSIG, ZERO};
    !matches!(record_type, AXFR | IXFR | OPT | TSIG | ZERO)
}

/// What was found, in our words.
pub(super) fn read(asked: &Name, record_type: RecordType, name_server: SocketAddr, found: &Lookup) -> DnsAnswer {
    let records = found.answers();
    let is_asked = |record: &&Record| record.record_type() == record_type;
    let end = records.iter().find(is_asked).map_or(asked, |record| &record.name);
    let presence = if records.is_empty() { Presence::NoRecord } else { Presence::Present };
    DnsAnswer { presence, records: records.iter().map(record).collect(), canonical_name: plain(end), name_server }
}

fn record(record: &Record) -> DnsRecord {
    let record_type = match record.record_type() {
        RecordType::Unknown(number) => format!("TYPE{number}"),
        known => known.to_string(),
    };
    DnsRecord { name: plain(&record.name), record_type, ttl_s: record.ttl, data: data(&record.data) }
}

/// A name in ASCII, so that nothing in it looks like something else.
pub(super) fn plain(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    match text.strip_suffix('.') {
        Some("") | None => text,
        Some(bare) => bare.to_owned(),
    }
}

fn data(data: &RData) -> String {
    match data {
        RData::CNAME(name) => plain(name),
        RData::NS(name) => plain(name),
        RData::PTR(name) => plain(name),
        RData::MX(mx) => format!("{} {}", mx.preference, plain(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, plain(&srv.target)),
        RData::SOA(soa) => format!(
            "{} {} {} {} {} {} {}",
            plain(&soa.mname),
            plain(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        RData::Unknown { rdata, .. } => format!("\\# {} {}", rdata.anything.len(), hex::encode(&rdata.anything)),
        other => {
            let mut text = String::new();
            // Some data has no text, and says so by an error.
            let _ = write!(text, "{other}");
            text
        }
    }
}
