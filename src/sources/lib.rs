//! Where events are queried: templates, dialects and sources; it renders and reads, it never sends.
