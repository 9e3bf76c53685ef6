//! What can be read out of text and events. Pure: no I/O, no clock, and linear in the text.

pub mod cef;
pub mod auditd;
pub mod decode;
mod iocs;
mod moment;
pub mod process_tree;
#[cfg(test)]
mod tests;

pub use iocs::{Ioc, Kinds, Options, extract_iocs};
