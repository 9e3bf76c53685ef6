//! The way of an object store's library to its server: through `upstream`, with the connection's breaker and budget. What is
//! no success ends here, in the words of the store.

use std::{
    error::Error,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    },
};
use sources::{Trouble, TroubleKind};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use url::Url;

use super::{store, xml};
use crate::{
    queries::{
        Connection,
        exchange::{Exchanges, unreached, without_secrets},
    },
    settings::AwsIdentity,
    upstream::{BodyStream, Call, Expects, Opened, SendError},
};

/// How long the head of an answer may take, the budget's pauses included.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long the platform may take to give keys.
const PLATFORM_TIME: Duration = Duration::from_secs(10);
/// Where the library asks for keys if it is told no address: machines, and the agent of ECS.
const PLATFORMS: [&str; 2] = ["169.254.169.254", "169.254.170.2"];
/// How long a page of a list may take.
const LIST_TIME: Duration = Duration::from_secs(60);
/// How long an object may take.
const OBJECT_TIME: Duration = Duration::from_secs(1800);
/// The largest page of a list.
const LIST_CAP: usize = 32 << 20;
/// The largest body of an answer that is not a success.
const WORDS_CAP: usize = 16 * 1024;
/// Pieces of a body that may wait.
const WAITING: usize = 4;

/// Sends for one connection.
#[derive(Clone)]
pub(super) struct Transport {
    connection: Weak<Connection>,
    exchanges: Arc<Exchanges>,
    object_cap: usize,
    /// Where the platform gives keys.
    platform: Option<Url>,
    odd_names: Arc<Mutex<Vec<String>>>,
}

impl Transport {
    /// For objects up to a size.
    pub(super) fn new(connection: &Arc<Connection>, exchanges: &Arc<Exchanges>, object_bytes: u64) -> Self {
        Self {
            connection: Arc::downgrade(connection),
            exchanges: Arc::clone(exchanges),
            object_cap: usize::try_from(object_bytes).unwrap_or(usize::MAX),
            platform: connection.objects.identity.as_ref().and_then(AwsIdentity::platform),
            odd_names: Arc::default(),
        }
    }

    /// The names that were left out of lists since this was last asked.
    pub(super) fn odd_names(&self) -> Vec<String> {
        std::mem::take(&mut *self.odd_names.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Trouble> {
        let gone = || Trouble::new(TroubleKind::Failed, "the settings changed meanwhile");
        let connection = self.connection.upgrade().ok_or_else(gone)?;
        let (is_list, call) = call(request, self.object_cap, connection.facts.id).map_err(|error| unreached(&error))?;
        if let Some(url) = self.platform.as_ref().and_then(|platform| on_platform(&call.url, platform)) {
            return self.ask_platform(Call { url, ..call }).await;
        }
        let shown = call.headers.get("authorization").cloned();
        let late = |_| Trouble::new(TroubleKind::Timeout, "the store did not answer in time");
        let passing = timeout(HEAD_TIME, self.exchanges.pass(&connection, call));
        let (mut opened, retry_after) = passing.await.map_err(late)??;
        if !opened.status.is_success() {
            if opened.status.as_u16() == 401 {
                store::forget(&connection, &self.exchanges.credentials, shown.as_ref());
            }
            let secrets = [&connection.key, &connection.user, &connection.password, &connection.objects.session_token];
            let words = opened.body.beginning(WORDS_CAP).await;
            let words = without_secrets(words, &secrets.map(Option::as_ref));
            return Err(Trouble { retry_after, ..refused(opened.status.as_u16(), &words) });
        }
        let Opened { status, headers, body, .. } = opened;
        let mut response = HttpResponse::new(if is_list {
            let (list, odd) = xml::without_odd_names(&whole(body).await?);
            self.odd_names.lock().unwrap_or_else(PoisonError::into_inner).extend(odd);
            list.into()
        } else {
            HttpResponseBody::new(passed_on(body))
        });
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl Transport {
    /// Asks the platform, which is near and nobody else may ask.
    async fn ask_platform(&self, call: Call) -> Result<HttpResponse, Trouble> {
        let call = Call { to: "aws_identity", deadline: Instant::now() + PLATFORM_TIME, body_cap: WORDS_CAP, ..call };
        let received = self.exchanges.upstream.ask_platform(call).await.map_err(|error| unreached(&error))?;
        if !received.status.is_success() {
            let words = format!("the platform gave no keys (status {})", received.status.as_u16());
            return Err(Trouble::new(TroubleKind::Unauthorized, words));
        }
        let mut response = HttpResponse::new(received.body.into());
        *response.headers_mut() = received.headers;
        Ok(response)
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Transport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // What makes sense to send again was sent again.
        self.send(request).await.map_err(|trouble| HttpError::new(HttpErrorKind::Unknown, trouble))
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// The address of a call that is meant for the platform; the library knows where platforms are unless it was told.
fn on_platform(url: &Url, platform: &Url) -> Option<Url> {
    let is_meant = url.origin() == platform.origin() || PLATFORMS.contains(&url.host_str().unwrap_or_default());
    let mut asked = platform.clone();
    asked.set_path(url.path());
    asked.set_query(url.query());
    is_meant.then_some(asked)
}

/// What an error of the library means: what was told on the way here, or that the answer is not what is documented.
pub(super) fn trouble_of(error: &object_store::Error) -> Trouble {
    let first: &(dyn Error + 'static) = error;
    let mut chain = std::iter::successors(Some(first), |&error| error.source());
    chain.find_map(|error| error.downcast_ref::<Trouble>()).cloned().unwrap_or_else(Trouble::unreadable)
}

/// The call, and whether it asks for a list.
fn call(request: HttpRequest, object_cap: usize, to: &'static str) -> Result<(bool, Call), SendError> {
    let (parts, _) = request.into_parts();
    let url: Url = parts.uri.to_string().parse().map_err(|_| SendError::BadUrl)?;
    let is_list = url.query_pairs().any(|(name, value)| name == "list-type" || (name == "comp" && value == "list"));
    let mut headers = parts.headers;
    // It is the address's own, also after a redirect.
    headers.remove("host");
    for (name, value) in &mut headers {
        value.set_sensitive(
            ["authorization", "x-amz-security-token", "x-aws-ec2-metadata-token"].contains(&name.as_str()),
        );
    }
    if !is_list {
        // Objects come as they lie there: their sizes are known, and their names say how they are packed.
        crate::upstream::plain_header(&mut headers, "accept-encoding", "identity")?;
    }
    let call = Call {
        to,
        method: parts.method,
        url,
        headers,
        body: Bytes::new(),
        deadline: Instant::now() + if is_list { LIST_TIME } else { OBJECT_TIME },
        body_cap: if is_list { LIST_CAP } else { object_cap },
        expects: Expects::Anything,
        retries: 2,
        // Nothing is written.
        may_repeat: true,
    };
    Ok((is_list, call))
}

/// What an answer that is no success means.
fn refused(status: u16, body: &[u8]) -> Trouble {
    let (code, words) = xml::said(body);
    let kind = match status {
        401 | 403 => TroubleKind::Unauthorized,
        429 | 503 => TroubleKind::RateLimited,
        408 | 504 => TroubleKind::Timeout,
        _ => TroubleKind::Failed,
    };
    let known = match status {
        301 | 307 => "it lies in another region than the settings say",
        404 => "it is not there",
        _ => "",
    };
    let words = words.unwrap_or_else(|| if known.is_empty() { format!("status {status}") } else { known.to_owned() });
    Trouble::new(kind, words).code(code)
}

async fn whole(mut body: BodyStream) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| unreached(&error))?);
    }
    String::from_utf8(bytes).map_err(|_| Trouble::unreadable())
}

/// A body that is taken piece by piece by whoever wants it, and dropped when nobody does.
fn passed_on(mut body: BodyStream) -> Pieces {
    let (hand_on, pieces) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let handing = async {
            while let Some(piece) = body.next().await {
                let piece = piece.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, unreached(&error)));
                if hand_on.send(piece).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = handing => {}
            () = hand_on.closed() => {}
        }
    });
    Pieces(pieces)
}

struct Pieces(mpsc::Receiver<Result<Bytes, HttpError>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_by_kind_and_in_the_store_s_words() {
        let error = |code: &str| format!("<Error><Code>{code}</Code><Message>Said so.</Message></Error>").into_bytes();
        for (status, body, kind, code, words) in [
            (403, error("AccessDenied"), TroubleKind::Unauthorized, Some("AccessDenied"), "Said so."),
            (404, error("NoSuchBucket"), TroubleKind::Failed, Some("NoSuchBucket"), "Said so."),
            (404, Vec::new(), TroubleKind::Failed, None, "it is not there"),
            (503, error("SlowDown"), TroubleKind::RateLimited, Some("SlowDown"), "Said so."),
            (301, Vec::new(), TroubleKind::Failed, None, "it lies in another region than the settings say"),
            (500, b"<html>x</html>".to_vec(), TroubleKind::Failed, None, "status 500"),
        ] {
            let trouble = refused(status, &body);
            assert_eq!(
                (trouble.kind, trouble.code.as_deref(), trouble.message.as_str()),
                (kind, code, words),
                "{status}"
            );
        }
    }
}
