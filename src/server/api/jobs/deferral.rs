//! A request that its caller does not wait for: what the caller wishes, and how the request becomes a job.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use actix_web::{
    HttpMessage as _, HttpResponse,
    dev::ServiceRequest,
    http::{
        Method, Uri,
        header::{
            ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName,
            HeaderValue, TRANSFER_ENCODING,
        },
    },
};
use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::mpsc::UnboundedSender;
use url::form_urlencoded;

use super::{
    accepted, answered,
    runner::{self, Deferred, MakeApp, Pass},
};
use crate::{
    api::{
        Edge,
        body::read_raw,
        caller::Caller,
        limits::{Permit, RequestLimits},
        problem::{Kind, Problem},
    },
    jobs::{Begun, Callback, Repeat, Standing},
    services::Services,
    telemetry::TraceId,
};

/// The parameter that says who is told.
const CALLBACK: &str = "callback_url";

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// In a trace, the part that took the request: the parent of the part that runs it.
const TAKEN: &str = "0000000000000001";

/// The longest name that a caller gives a request.
const MAX_NAME: usize = 255;

/// The longest that a caller waits for what it does not wait for.
const MAX_WAIT: Duration = Duration::from_secs(100);

/// What a caller wishes of a request that is to be a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Wish {
    /// How long the caller waits for the answer itself first.
    wait: Duration,
}

impl Wish {
    /// What the header `Prefer` says (RFC 7240); nothing if it does not ask for a job. Only what is asked by POST takes
    /// long, and what concerns the service itself is done at once.
    pub(in crate::api) fn of(method: &Method, path: &str, headers: &HeaderMap) -> Option<Self> {
        if *method != Method::POST || !path.starts_with("/v1/") || path.starts_with("/v1/admin/") {
            return None;
        }
        let (mut is_async, mut wait) = (false, Duration::ZERO);
        let said = headers.get_all(PREFER).filter_map(|value| value.to_str().ok());
        for preference in said.flat_map(|value| value.split(',')) {
            let preference = preference.split(';').next().unwrap_or_default().trim();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "respond-async" => is_async = true,
                "wait" => wait = value.parse().map_or(wait, Duration::from_secs).min(MAX_WAIT),
                _ => {}
            }
        }
        is_async.then_some(Self { wait })
    }
}

/// How requests become jobs. What runs them is started with the first.
pub(crate) struct Deferrals {
    services: Arc<Services>,
    make_app: Arc<MakeApp>,
    runner: OnceLock<UnboundedSender<Deferred>>,
}

impl Deferrals {
    /// Requests are run as this makes the application.
    pub(in crate::api) fn new(services: Arc<Services>, make_app: MakeApp) -> Self {
        Self { services, make_app: Arc::new(make_app), runner: OnceLock::new() }
    }

    /// Makes a job of a request that its caller may make, or finds the one that it has made before.
    pub(in crate::api) async fn defer(
        &self,
        request: &mut ServiceRequest,
        wish: Wish,
        (caller, permit, trace_id): (Caller, Option<Permit>, TraceId),
    ) -> Result<HttpResponse, Problem> {
        let limits = RequestLimits::of(request.request());
        let payload = request.take_payload();
        let body = read_raw(request.headers(), payload, limits.body_bytes.max(limits.table_bytes)).await?;
        let repeat_name = name_of(request.headers())?;
        let (uri, by_query) = without_callback(request.uri());
        let is_plain_json = is_plain_json(request.headers());
        let (body, by_body) = if is_plain_json { without_member(body) } else { (body, None) };
        let settings = self.services.settings().jobs.clone();
        let callback = match by_query.or(by_body) {
            Some(address) => Some(
                Callback::new(&address, &settings.callback_hosts)
                    .map_err(|error| Problem::from(error).at(format!("/{CALLBACK}"), error.to_string()))?,
            ),
            None => None,
        };

        let jobs = &self.services.jobs;
        let repeat = repeat_name.map(|name| Repeat::new(&caller.id, &uri.to_string(), &name, &body));
        let id = match jobs.begin(&caller.id, repeat.as_ref(), settings.keep).await {
            Begun::Known(id) => id,
            Begun::Other => {
                let detail = "this Idempotency-Key was used for another request before";
                return Err(Problem::new(Kind::Conflict).detail(detail));
            }
            Begun::New(run) => {
                let id = run.id;
                let headers = passed_on(request.headers(), body.len(), trace_id);
                let pass = Pass { caller: caller.clone(), permit };
                let method = request.method().clone();
                let deferred = Deferred { method, uri, headers, body, pass, run, callback };
                let runner = self.runner.get_or_init(|| runner::start(&self.make_app, &self.services.upstream));
                // Its thread ends only with the service.
                let _ = runner.send(deferred);
                id
            }
        };
        let standing = if wish.wait.is_zero() { None } else { jobs.wait(id, &caller.id, wish.wait).await };
        let mut answer = match standing {
            Some(Standing::Ended(outcome)) => answered(&outcome),
            _ => accepted(Edge::public_base(request.request()), id),
        };
        answer.headers_mut().insert(PREFERENCE_APPLIED, HeaderValue::from_static("respond-async"));
        Ok(answer)
    }
}

/// The caller's own name for the request.
fn name_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    // The draft has it in quotes, and nobody writes them.
    let name = value.to_str().map(|name| name.trim().trim_matches('"')).unwrap_or_default();
    if name.is_empty() || name.len() > MAX_NAME {
        let detail = format!("not a text of 1 to {MAX_NAME} visible characters");
        return Err(Problem::invalid_at("/Idempotency-Key", detail));
    }
    Ok(Some(name.to_owned()))
}

/// The headers that the request itself has.
fn passed_on(headers: &HeaderMap, length: usize, trace_id: TraceId) -> HeaderMap {
    let mut passed = headers.clone();
    // The answer is stored as it is, and packed for whoever fetches it.
    for name in [PREFER, IDEMPOTENCY_KEY, ACCEPT_ENCODING, EXPECT, TRANSFER_ENCODING] {
        passed.remove(name);
    }
    passed.insert(CONTENT_LENGTH, HeaderValue::from(length));
    let traceparent = HeaderName::from_static("traceparent");
    if !passed.contains_key(&traceparent)
        && let Ok(value) = HeaderValue::from_str(&format!("00-{trace_id}-{TAKEN}-01"))
    {
        passed.insert(traceparent, value);
    }
    passed
}

/// Whether a body is JSON that is not packed.
fn is_plain_json(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = text(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let is_json = media.eq_ignore_ascii_case("application/json") || media.ends_with("+json");
    is_json && matches!(text(CONTENT_ENCODING).trim(), "" | "identity")
}

/// An address without the parameter that says who is told, and what it says.
fn without_callback(uri: &Uri) -> (Uri, Option<String>) {
    let Some(query) = uri.query().filter(|query| query.contains(CALLBACK)) else { return (uri.clone(), None) };
    let (mut callback, mut rest) = (None, form_urlencoded::Serializer::new(String::new()));
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == CALLBACK {
            callback = Some(value.into_owned());
        } else {
            rest.append_pair(&name, &value);
        }
    }
    let rest = rest.finish();
    let path = if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{rest}", uri.path()) };
    (path.parse().unwrap_or_else(|_| uri.clone()), callback)
}

/// A body without the member that says who is told, and what it says. What is no object stays as it is.
fn without_member(body: Bytes) -> (Bytes, Option<String>) {
    if memchr::memmem::find(&body, CALLBACK.as_bytes()).is_none() {
        return (body, None);
    }
    let Ok(mut members) = serde_json::from_slice::<BTreeMap<String, &RawValue>>(&body) else { return (body, None) };
    let said = members.remove(CALLBACK).and_then(|value| serde_json::from_str(value.get()).ok());
    match (said, serde_json::to_vec(&members)) {
        (Some(said), Ok(rest)) => (rest.into(), Some(said)),
        // A member that is no text is told by the operation, which does not know it.
        _ => (body, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(method: &Method, path: &str, prefer: &[&str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in prefer {
            headers.append(PREFER, HeaderValue::from_str(value).unwrap());
        }
        Wish::of(method, path, &headers).map(|wish| wish.wait.as_secs())
    }

    #[test]
    fn preferences_are_read_as_the_standard_writes_them() {
        for (prefer, expected) in [
            (&["respond-async"][..], Some(0)),
            (&["Respond-Async, wait=10"], Some(10)),
            (&["wait=20", "return=minimal, respond-async; x=y"], Some(20)),
            (&["respond-async, wait=\"5\""], Some(5)),
            (&["respond-async, wait=99999"], Some(100)),
            (&["respond-async, wait=soon"], Some(0)),
            (&["wait=10"], None),
            (&[], None),
        ] {
            assert_eq!(wish(&Method::POST, "/v1/enrich", prefer), expected, "{prefer:?}");
        }
        assert_eq!(wish(&Method::GET, "/v1/ti/lookup", &["respond-async"]), None);
        assert_eq!(wish(&Method::POST, "/v1/admin/reload", &["respond-async"]), None);
    }

    #[test]
    fn who_is_told_stands_in_the_query_string_or_in_the_body_and_is_taken_out() {
        let uri: Uri = "/v1/mask?callback_url=https%3A%2F%2Fhooks.example%2F&columns=a%26b".parse().unwrap();
        let (rest, callback) = without_callback(&uri);
        assert_eq!(
            (rest.to_string().as_str(), callback.as_deref()),
            ("/v1/mask?columns=a%26b", Some("https://hooks.example/"))
        );
        let (rest, callback) = without_callback(&"/v1/mask?callback_url=x".parse().unwrap());
        assert_eq!((rest.to_string().as_str(), callback.as_deref()), ("/v1/mask", Some("x")));
        let body = |text: &'static str| without_member(Bytes::from_static(text.as_bytes()));
        let taken = body(r#"{"text": "a", "callback_url": "https://hooks.example/", "n": 1.50}"#);
        assert_eq!(taken, (r#"{"n":1.50,"text":"a"}"#.into(), Some("https://hooks.example/".into())));
        for text in [r#"{"callback_url": 5}"#, r#"["callback_url"]"#, r#"{"callback_url": "#] {
            assert_eq!(body(text), (text.into(), None));
        }
    }
}
