//! What `externaldata` reads over HTTP: only what the settings of the source name, each text at most once in a while.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use engine::{Elsewhere, ElsewhereError};
use futures::{FutureExt as _, future::BoxFuture};
use moka::future::Cache;
use sources::{Trouble, TroubleKind};
use tokio::{runtime::Handle, time::Instant};
use url::Url;

use crate::{
    queries::{Connection, exchange::Exchanges},
    settings::ExternalPlace,
    upstream::{Call, Expects, HeaderMap, Method},
};

/// The largest text, as it is sent.
const BODY_CAP: usize = 64 << 20;
/// How long a text may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a text is taken to be as it was.
const FRESH: Duration = Duration::from_mins(5);
/// Bytes of texts that are kept.
const KEPT: u64 = 64 << 20;

/// Fetches for one connection.
pub(super) struct ExternalData(Arc<Inner>);

struct Inner {
    connection: Weak<Connection>,
    exchanges: Arc<Exchanges>,
    places: Vec<ExternalPlace>,
    kept: Cache<Url, Bytes>,
    /// Where fetching happens: the engine's own threads are for its own work.
    runtime: Handle,
}

impl ExternalData {
    /// For what the settings of the connection name; nothing if they name nothing.
    pub(super) fn of(connection: &Arc<Connection>, exchanges: &Arc<Exchanges>, runtime: Handle) -> Option<Self> {
        let places = connection.external_data.clone();
        let weigh = |_: &Url, text: &Bytes| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let kept = Cache::builder().max_capacity(KEPT).weigher(weigh).time_to_live(FRESH).build();
        let inner =
            Inner { connection: Arc::downgrade(connection), exchanges: Arc::clone(exchanges), places, kept, runtime };
        (!inner.places.is_empty()).then(|| Self(Arc::new(inner)))
    }
}

impl Elsewhere for ExternalData {
    fn may_read(&self, location: &str) -> bool {
        address(location).is_some_and(|url| self.0.places.iter().any(|place| place.holds(&url)))
    }

    fn read<'a>(&'a self, location: &'a str) -> BoxFuture<'a, Result<Bytes, ElsewhereError>> {
        let inner = Arc::clone(&self.0);
        let url = address(location).ok_or_else(|| ElsewhereError::Unreached("it has no address".to_owned()));
        async move {
            let url = url?;
            let reading = self.0.runtime.spawn(async move {
                let fetching = inner.fetch(url.clone());
                inner.kept.try_get_with(url, fetching).await.map_err(|trouble| Trouble::clone(&trouble))
            });
            let read = reading.await.map_err(|_| ElsewhereError::Unreached("fetching it broke off".to_owned()))?;
            read.map_err(|trouble| ElsewhereError::Unreached(trouble.message))
        }
        .boxed()
    }
}

impl Inner {
    async fn fetch(&self, url: Url) -> Result<Bytes, Trouble> {
        let gone = || Trouble::new(TroubleKind::Failed, "the settings changed meanwhile");
        let connection = self.connection.upgrade().ok_or_else(gone)?;
        let call = Call {
            to: "externaldata",
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: Instant::now() + PATIENCE,
            body_cap: BODY_CAP,
            expects: Expects::Anything,
            retries: 2,
            may_repeat: true,
        };
        self.exchanges.fetch(&connection, call).await
    }
}

/// An address without a user's name and password in it.
fn address(location: &str) -> Option<Url> {
    let url = Url::parse(location).ok()?;
    (url.username().is_empty() && url.password().is_none()).then_some(url)
}
