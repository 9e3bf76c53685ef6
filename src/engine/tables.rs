//! Tables as Arrow has them and back, so that nothing is lost on the way there.
//!
//! Arrow has no type for GUIDs, exact decimals of any scale or JSON. They travel as texts; the field's metadata says what
//! they are, and readers who don't ask see texts.

mod from_arrow;
mod to_arrow;

pub(crate) use self::{
    from_arrow::{Collector, kind_of},
    to_arrow::{batch_of, schema_of},
};

/// The key of a field's metadata that says of which type the column is.
pub(crate) const TYPE_KEY: &str = "pivotd.type";
