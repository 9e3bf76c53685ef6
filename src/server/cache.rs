//! Where answers are kept: near (in the process) and far (in Redis, shared by all replicas), and how many who ask the
//! same thing at once share one call out.
//!
//! Nothing here turns a missing or broken Redis into an error for a caller: it only makes answers slower. Observables
//! never leave this module in the clear: keys in Redis are digests, and no error, log line or `Debug` shows them.

mod far;
mod key;
mod lease;
mod lifetime;
mod near;
#[cfg(test)]
pub(crate) mod redis_server;
mod single_flight;
mod stored;
#[cfg(test)]
mod tests;

pub use far::{Far, FarError, Script};
pub use key::Key;
pub use lease::{Lease, Turn, take_turn};
pub use lifetime::{Freshness, Lifetime};
pub use near::Near;
pub use single_flight::{Crashed, Flights, Role};
pub use stored::Stored;
