//! The query pack, as it is compiled in: one file for each environment and family.

/// Names and texts of all files, in the order in which they are loaded.
pub const PACK: &[(&str, &str)] = &[];
