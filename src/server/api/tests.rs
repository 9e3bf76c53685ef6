//! Everything around the handlers, at the HTTP boundary.

mod callers;
mod connections;
mod demo;
mod documents;
mod failures;
mod lines;
mod service;
