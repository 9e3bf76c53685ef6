//! Queries of sources at the HTTP boundary: rows, what is missing from them, and how they pass through.

mod asim;
mod aws_identity;
mod external_data;
mod functions;
mod local;
mod log_analytics;
mod objects;
mod postgres;
mod running;
mod streams;
mod vendors;
