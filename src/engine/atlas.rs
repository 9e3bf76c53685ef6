//! Where addresses are, as whoever starts the engine knows it. The engine itself has no database of places.

use std::{fmt, net::IpAddr, sync::Arc};

use model::Geo;

/// Says where an address is; an empty answer if it is not known. Asked for every row: it must not wait.
pub type Atlas = Arc<dyn Fn(IpAddr) -> Geo + Send + Sync>;

/// An atlas among the extensions of a session.
pub(crate) struct Places(pub(crate) Atlas);

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}
