//! From what a provider wants sent to what is sent: base address, credentials, limits.
//!
//! Credentials go to the provider's own origin only.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use providers::{Auth, Body, HttpRequest};
use tokio::time::Instant;
use url::Url;

use super::Member;
use crate::{
    settings::Secret,
    upstream::{Call, Expects, HeaderMap, Method, SendError, plain_header, secret_header},
};

/// The base address with a path appended, or the absolute address that a provider's answer named.
pub(super) fn address(base: &Url, path: &str) -> Result<Url, SendError> {
    if path.starts_with("https://") || path.starts_with("http://") {
        return Url::parse(path).map_err(|_| SendError::BadUrl);
    }
    let base = base.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}{path}")).map_err(|_| SendError::BadUrl)
}

/// What is sent for a provider's request: absolute, with credentials, limits and a deadline.
pub(super) fn call(member: &Member, request: HttpRequest) -> Result<Call, SendError> {
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
        authorize(member.facts().auth, member.key.as_ref(), member.user.as_ref(), &mut url, &mut headers)?;
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
        Auth::Bearer => ("authorization", format!("Bearer {key}")),
        Auth::Cookie(name) => ("cookie", format!("{name}={key}")),
        Auth::Basic => {
            let pair = format!("{}:{key}", user.map_or("", Secret::expose));
            ("authorization", format!("Basic {}", STANDARD.encode(pair)))
        }
    };
    secret_header(headers, name, &value)
}
