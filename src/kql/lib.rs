//! The Kusto query language: text becomes a checked tree; nothing here runs a query or knows an engine.
