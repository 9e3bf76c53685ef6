//! From what a provider wants sent to what is sent: base address, credentials, limits; and from what came to an answer.
//!
//! Credentials go to the provider's own origin only.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use providers::{Answer, Auth, Body, HttpAnswer, HttpRequest, Request, TextRequest};
use tokio::time::Instant;
use url::Url;

use super::Member;
use crate::{
    settings::Secret,
    telemetry::CallOutcome,
    upstream::{
        Call, DnsError, Expects, HeaderMap, Method, RecordType, SendError, TextCall, Upstream, plain_header,
        secret_header,
    },
};

/// The port of WHOIS (RFC 3912).
const WHOIS_PORT: u16 = 43;

/// How a request went out.
pub(super) struct Sent {
    pub answer: Result<Answer, SendError>,
    /// For metrics.
    pub outcome: CallOutcome,
    /// How often it was sent: never, if it could not be.
    pub attempts: u32,
}

/// Sends a request, with a token for those that want one; one of HTTP is repeated if `afford` allows.
pub(super) async fn send<F: Future<Output = bool>>(
    upstream: &Upstream,
    member: &Member,
    request: Request,
    token: Option<&Secret>,
    afford: impl Fn() -> F,
) -> Sent {
    let (answer, outcome, attempts) = match request {
        Request::Http(request) => match call(member, request, token) {
            Ok(call) => match upstream.send_while_affordable(call, afford).await {
                Ok(received) => {
                    let (outcome, attempts) = (received.outcome(), received.attempts);
                    let headers = kept_headers(&received.headers);
                    let answer = HttpAnswer { status: received.status.as_u16(), headers, body: received.body };
                    (Ok(Answer::Http(answer)), outcome, attempts)
                }
                Err(error) => (Err(error.clone()), error.outcome(), 1),
            },
            Err(error) => (Err(error.clone()), error.outcome(), 0),
        },
        Request::Text(request) => {
            let said = match text_call(member, request) {
                Ok(call) => upstream.exchange_text(call).await,
                Err(error) => Err(error),
            };
            told(said.map(Answer::Text))
        }
        Request::Txt(name) => {
            let deadline = Instant::now() + member.timeout;
            let found = upstream.resolver().records(&name, RecordType::TXT, deadline).await;
            told(found.map_err(in_dns).map(|answer| {
                let of_type = answer.records.into_iter().filter(|record| record.record_type == "TXT");
                Answer::Txt(of_type.map(|record| record.data).collect())
            }))
        }
        // Lists are in memory; whoever has one is not called.
        Request::Listed | Request::Nothing => (Err(SendError::BadUrl), CallOutcome::Forbidden, 0),
    };
    Sent { answer, outcome, attempts }
}

fn told(answer: Result<Answer, SendError>) -> (Result<Answer, SendError>, CallOutcome, u32) {
    let outcome = answer.as_ref().map_or_else(SendError::outcome, |_| CallOutcome::Answered);
    (answer, outcome, 1)
}

/// The name itself comes from the provider: that it cannot be resolved is about the provider, too.
const fn in_dns(error: DnsError) -> SendError {
    match error {
        DnsError::Timeout => SendError::Timeout,
        DnsError::BadName | DnsError::BadType => SendError::BadUrl,
        DnsError::Refused | DnsError::ServerFailure | DnsError::Unreachable => SendError::Resolve,
    }
}

/// The host that a request goes to, if it is not the provider's own.
pub(super) fn elsewhere(member: &Member, request: &Request) -> Option<String> {
    let base = member.base_url.as_ref()?;
    match request {
        Request::Http(HttpRequest { path, .. }) if !path.starts_with('/') => {
            let url = Url::parse(path).ok()?;
            (url.host_str() != base.host_str()).then(|| url.host_str().unwrap_or_default().to_owned())
        }
        Request::Text(TextRequest { server, .. }) => server.clone(),
        _ => None,
    }
}

fn text_call(member: &Member, request: TextRequest) -> Result<TextCall, SendError> {
    let own = member.base_url.as_ref().filter(|base| base.scheme() == "whois").ok_or(SendError::BadUrl)?;
    let (host, port) = match request.server {
        Some(server) => (server, WHOIS_PORT),
        None => (own.host_str().ok_or(SendError::BadUrl)?.to_owned(), own.port().unwrap_or(WHOIS_PORT)),
    };
    Ok(TextCall {
        to: member.facts().id,
        host,
        port,
        say: request.say.into(),
        deadline: Instant::now() + member.timeout,
        body_cap: member.facts().body_cap,
    })
}

/// The base address with a path appended, or the absolute address that a provider's answer named.
pub(super) fn address(base: &Url, path: &str) -> Result<Url, SendError> {
    if path.starts_with("https://") || path.starts_with("http://") {
        return Url::parse(path).map_err(|_| SendError::BadUrl);
    }
    let base = base.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}{path}")).map_err(|_| SendError::BadUrl)
}

/// What is sent for a provider's request: absolute, with credentials, limits and a deadline.
pub(super) fn call(member: &Member, request: HttpRequest, token: Option<&Secret>) -> Result<Call, SendError> {
    let base = member.base_url.as_ref().ok_or(SendError::BadUrl)?;
    let mut url = address(base, &request.path)?;
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(request.query.iter().map(|(name, value)| (*name, value.as_str())));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        plain_header(&mut headers, name, value)?;
    }
    let body = match request.body {
        Body::Empty => Bytes::new(),
        Body::Json(value) => {
            plain_header(&mut headers, "content-type", "application/json")?;
            Bytes::from(value.to_string())
        }
        Body::Form(fields) => {
            plain_header(&mut headers, "content-type", "application/x-www-form-urlencoded")?;
            Bytes::from(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
        }
    };
    // A key goes to the provider's own origin only, wherever an answer points.
    if url.origin() == base.origin() {
        let key = token.or(member.key.as_ref());
        authorize(member.facts().auth, key, member.user.as_ref(), &mut url, &mut headers)?;
    }
    Ok(Call {
        to: member.facts().id,
        method: match request.method {
            providers::Method::Get => Method::GET,
            providers::Method::Post => Method::POST,
        },
        url,
        headers,
        body,
        deadline: Instant::now() + member.timeout,
        body_cap: member.facts().body_cap,
        expects: Expects::Anything,
        retries: 1,
        may_repeat: request.method == providers::Method::Get,
    })
}

/// Puts credentials where the provider wants them.
fn authorize(
    auth: Auth,
    key: Option<&Secret>,
    user: Option<&Secret>,
    url: &mut Url,
    headers: &mut HeaderMap,
) -> Result<(), SendError> {
    let Some(key) = key else { return Ok(()) };
    let key = key.expose();
    let (name, value) = match auth {
        Auth::None => return Ok(()),
        Auth::Query(name) | Auth::OptionalQuery(name) => {
            url.query_pairs_mut().append_pair(name, key);
            return Ok(());
        }
        Auth::Header(name) | Auth::OptionalHeader(name) => (name, key.to_owned()),
        Auth::Bearer | Auth::Entra(_) => ("authorization", format!("Bearer {key}")),
        Auth::Cookie(name) => ("cookie", format!("{name}={key}")),
        Auth::Basic => {
            let pair = format!("{}:{key}", user.map_or("", Secret::expose));
            ("authorization", format!("Basic {}", STANDARD.encode(pair)))
        }
    };
    secret_header(headers, name, &value)
}

/// The headers that readers may look at; nothing else is kept.
fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let matters = |name: &str| {
        name == "content-type"
            || name.contains("retry-after")
            || name.contains("rate")
            || name.starts_with("x-ttl")
            || name == "x-rl"
    };
    headers
        .iter()
        .filter(|(name, _)| matters(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}
