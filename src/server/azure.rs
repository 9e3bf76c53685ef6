//! Azure: subscriptions, resources, networks and metrics, as they are now.

pub mod metrics;
pub mod network;
pub mod resources;
pub mod subscriptions;
pub mod versions;
