//! The words of the field, as types: what is seen, what is said about it, how it can fail.
//!
//! Nothing here does I/O, waits, or knows HTTP.

mod address;
mod entity;
mod fault;
mod finding;
mod geo;
mod observable;
mod pap;
pub mod table;
mod time;
mod tlp;

pub use address::{IpType, SpecialPurpose, ip_type, is_global};
pub use entity::{
    AlertFacts, AlertLink, AttributeDescription, AttributeType, Edge, Entity, EntityDescription, EntityGraph,
    EntityKind, EntityRejection, IncidentFacts, RejectedEntity, UnknownEntityKind,
};
pub use fault::{Fault, Faulty};
pub use finding::{CacheStatus, CacheUse, Evidence, Finding, Outcome, SkipReason, Verdict};
pub use geo::Geo;
pub use observable::{KindHint, MAX_VALUE_BYTES, Observable, ObservableKind, Rejection, refang};
pub use pap::{NotAPap, Pap};
pub use table::{Column, ColumnSpec, ColumnType, MAX_CELLS, Rows, Table, TableError, Value};
pub use time::{NotATime, Span, When};
pub use tlp::{NotATlp, Tlp};
