//! The tests at the HTTP boundary, in one binary: linking it is what costs.

mod analysis;
mod analysis_events;
mod bad_input;
mod context;
mod credentials;
mod custom_providers;
mod datasets;
mod dns;
mod documents;
mod enrich;
mod enrich_context;
mod formats;
mod geo;
mod geo_update;
mod house;
mod intelligence;
mod lifecycle;
mod lookups;
mod misbehaving;
mod networks;
mod plots;
mod policy;
mod queries;
mod replicas;
mod tables;
mod tls;
