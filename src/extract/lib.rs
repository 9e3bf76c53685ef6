//! What can be read out of text and events. Pure: no I/O, no clock, and linear in the text.

pub mod auditd;
mod beside;
pub mod cef;
pub mod command_line;
pub mod decode;
mod iocs;
pub mod mask;
mod moment;
mod powershell;
pub mod process_tree;
pub mod steps;
pub mod syslog;
#[cfg(test)]
mod tests;
pub mod windows_events;

pub use beside::beside;
pub use iocs::{Ioc, Kinds, Options, extract_iocs};
pub use moment::instant;
pub use powershell::format_powershell;
