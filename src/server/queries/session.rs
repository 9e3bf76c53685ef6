//! Sessions with sources that want a login: begun once for all queries, and again when they end.

use std::{sync::Arc, time::Duration};

use sources::{Session, Ticket};

use crate::{
    credentials::{Fresh, Slot},
    settings::Secret,
    upstream::{HeaderMap, Received},
};
use sources::Trouble;

/// The session of one connection.
#[derive(Debug, Default, Clone)]
pub(super) struct Sessions(Arc<Slot<Trouble>>);

impl Sessions {
    pub(super) fn slot(&self) -> &Slot<Trouble> {
        &self.0
    }
}

/// Reads what has to be shown from now on.
pub(super) fn ticket(session: &Session, received: &Received) -> Option<Fresh> {
    let text = match session.ticket {
        Ticket::Json(pointer) => {
            let body: serde_json::Value = serde_json::from_slice(&received.body).ok()?;
            body.pointer(pointer)?.as_str()?.to_owned()
        }
        // Who is not let in is sent back to the page with a word about it.
        Ticket::Cookies if leads_to_an_error(&received.headers) => return None,
        Ticket::Cookies => cookies(&received.headers),
    };
    let lifetime = session.lifetime.max(Duration::from_secs(1));
    (!text.is_empty()).then(|| Fresh { token: Secret::new(text), lifetime })
}

fn leads_to_an_error(headers: &HeaderMap) -> bool {
    headers.get("location").and_then(|place| place.to_str().ok()).is_some_and(|place| place.contains("error"))
}

/// All cookies that were set, as one header shows them.
fn cookies(headers: &HeaderMap) -> String {
    let set = headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).map(str::trim).collect();
    pairs.join("; ")
}
