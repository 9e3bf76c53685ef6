//! What is known about PostgreSQL as a source. It is asked in a protocol of its own, not by requests.

use std::time::Duration;

use crate::{Access, Facts, Place};

/// The facts.
pub static POSTGRES: Facts = Facts {
    id: "postgres",
    title: "PostgreSQL",
    environments: &["PostgreSQL"],
    access: &[Access::Basic],
    place: Some(Place { key: "database", required: true, several: false }),
    longest: Duration::from_mins(10),
    ..Facts::DEFAULT
};
