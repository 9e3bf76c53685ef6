//! Pictures of tables: the same input gives the same picture; nothing is fetched, nothing is random.
