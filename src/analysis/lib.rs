//! Statistics of events: slices in, scores out; no tables, no clock, no I/O.
