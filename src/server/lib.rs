//! The service: everything that touches the world.
//!
//! A module imports only from its own line or below: `api` / `enrich` / `pivots · datasets · sentinel · azure` / `lookups ·
//! queries · jobs · geo · dns · tls · templates · registries · names · addresses · arm` / `credentials` / `cache · upstream` /
//! `settings · telemetry`. Only `api` and `main` name actix.

#![recursion_limit = "256"]

mod addresses;
pub mod api;
pub mod arm;
pub mod azure;
pub mod cache;
pub mod check;
pub mod credentials;
pub mod datasets;
pub mod dns;
pub mod enrich;
pub mod geo;
pub mod jobs;
pub mod lookups;
mod names;
pub mod pivots;
pub mod queries;
mod registries;
pub mod sentinel;
pub mod services;
pub mod settings;
pub mod telemetry;
pub mod templates;
pub mod tls;
pub mod upstream;
pub mod work;
