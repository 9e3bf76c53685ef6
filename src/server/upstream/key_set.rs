//! The key sets (RFC 7517) that token issuers publish.

use std::time::Duration;

use bytes::Bytes;
use model::{Fault, Faulty};
use tokio::time::Instant;
use url::Url;

use super::{Call, Expects, HeaderMap, Method, SendError, Upstream};

/// How long fetching one may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// A key set may be so large.
const CAP: usize = 1024 * 1024;

/// Why a key set could not be fetched. The text names no address.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// The issuer did not answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The issuer answered with something else.
    #[error("status {0}")]
    Status(u16),
}

impl Faulty for KeySetError {
    fn fault(&self) -> Fault {
        match self {
            Self::Send(error) => error.fault(),
            Self::Status(_) => Fault::Upstream,
        }
    }
}

impl Upstream {
    /// Fetches the key set at this address.
    pub async fn key_set(&self, url: &Url) -> Result<Bytes, KeySetError> {
        let call = Call {
            to: "jwks",
            method: Method::GET,
            url: url.clone(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: Instant::now() + TIME_LIMIT,
            body_cap: CAP,
            expects: Expects::Json,
            retries: 1,
            may_repeat: true,
        };
        let received = self.send(call).await?;
        if received.status.is_success() {
            Ok(received.body)
        } else {
            Err(KeySetError::Status(received.status.as_u16()))
        }
    }
}
