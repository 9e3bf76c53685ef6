//! Rows from the formats of logs, some at a time.

pub(super) mod auditd;
mod cef;
pub(super) mod csv;
pub(super) mod json;
mod lines;
pub(super) mod syslog;
pub(super) mod text;
mod windows;
