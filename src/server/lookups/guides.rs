//! Files that say which registry is to be asked about what: fetched when they are first needed, and then daily.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use super::Member;
use crate::upstream::{Call, Expects, HeaderMap, Method, StatusCode, Upstream};

/// A guide is believed so long (RFC 9224 section 8 leaves it to `Expires`; IANA says a day).
const FRESH: Duration = Duration::from_hours(24);

/// After a failure the next try comes no sooner; the copies that the provider has serve meanwhile.
const REST: Duration = Duration::from_mins(10);

/// A request waits for the guides no longer than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// A guide may be so large.
const BODY_CAP: usize = 4 * 1024 * 1024;

/// When the guides are to be fetched again. Whoever comes while they are fetched waits for them, too.
#[derive(Default)]
pub(super) struct Guides {
    next: Mutex<Option<Instant>>,
}

impl Guides {
    /// Fetches a provider's guides if it is time. Never fails: what cannot be fetched stays as it is.
    pub(super) async fn freshen(&self, member: &Member, upstream: &Upstream, until: Instant) {
        let guides = member.provider.guides();
        if guides.is_empty() || member.own_server || !member.enabled {
            return;
        }
        let until = until.min(Instant::now() + PATIENCE);
        let Ok(mut next) = timeout_at(until, self.next.lock()).await else { return };
        if next.is_some_and(|next| Instant::now() < next) {
            return;
        }
        let fetched = join_all(guides.iter().map(|guide| fetch(member, upstream, guide, until))).await;
        let complete = fetched.into_iter().all(|learned| learned);
        if !complete {
            tracing::warn!(provider = %member.id, "not all guides could be fetched; older copies serve meanwhile");
        }
        *next = Some(Instant::now() + if complete { FRESH } else { REST });
    }
}

async fn fetch(member: &Member, upstream: &Upstream, guide: &str, until: Instant) -> bool {
    let Ok(url) = guide.parse() else { return false };
    let received = upstream
        .send(Call {
            to: member.facts().id,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: until,
            body_cap: BODY_CAP,
            expects: Expects::Json,
            retries: 0,
            may_repeat: true,
        })
        .await;
    received.is_ok_and(|answer| answer.status == StatusCode::OK && member.provider.learn(guide, &answer.body).is_ok())
}
