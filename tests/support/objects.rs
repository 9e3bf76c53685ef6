//! An object store on loopback that speaks as Amazon S3 or as Azure Blob Storage: lists in pages, objects whole, in ranges or
//! cut off in the middle.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    dev::ServerHandle,
    http::StatusCode,
    web::{self, Bytes, Data, Query},
};
use futures::{StreamExt as _, stream};

use crate::vendor::serve;

/// When every object came, as S3 and as HTTP write it.
const MODIFIED: [&str; 2] = ["2026-11-24T12:00:00.000Z", "Tue, 24 Nov 2026 12:00:00 GMT"];

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Amazon S3 with addresses of the form `/bucket/key`.
    S3,
    /// Azure Blob Storage.
    Azure,
}

/// A request that the store saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The object; none for a list.
    pub object: Option<String>,
    /// The query string.
    pub query: String,
    /// The header `authorization`.
    pub authorization: String,
    /// The header `range`.
    pub range: String,
}

#[derive(Debug, Clone)]
struct Stored {
    bytes: Bytes,
    version: usize,
    encoding: Option<&'static str>,
    /// How often it still breaks off in the middle.
    cuts: usize,
}

struct State {
    protocol: Protocol,
    bucket: String,
    objects: BTreeMap<String, Stored>,
    /// Objects of one page of a list.
    page: usize,
    /// What is said instead: for the whole store, or for one object.
    refusals: HashMap<Option<String>, (u16, &'static str, &'static str)>,
    /// Objects that never come.
    stalled: HashSet<String>,
    asked: Vec<Asked>,
    versions: usize,
}

/// The store. Stops when dropped.
pub struct ObjectServer {
    base: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl ObjectServer {
    /// Starts an empty one with one bucket or container.
    pub fn start(protocol: Protocol, bucket: &str) -> Self {
        let state = Arc::new(Mutex::new(State {
            protocol,
            bucket: bucket.to_owned(),
            objects: BTreeMap::new(),
            page: 1000,
            refusals: HashMap::new(),
            stalled: HashSet::new(),
            asked: Vec::new(),
            versions: 0,
        }));
        let data = Data::from(Arc::clone(&state));
        let (address, handle) = serve(move |config| {
            config.app_data(data.clone()).default_service(web::to(answer));
        });
        let base = format!("http://{address}");
        Self { base, state, handle }
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Puts an object there, or a new version of it.
    pub fn put(&self, name: &str, bytes: impl Into<Bytes>) -> &Self {
        let mut state = self.state();
        state.versions += 1;
        let stored = Stored { bytes: bytes.into(), version: state.versions, encoding: None, cuts: 0 };
        state.objects.insert(name.to_owned(), stored);
        drop(state);
        self
    }

    /// An object that says how it is packed, as well.
    pub fn put_encoded(&self, name: &str, bytes: impl Into<Bytes>, encoding: &'static str) -> &Self {
        self.put(name, bytes);
        self.change(name, |stored| stored.encoding = Some(encoding))
    }

    /// Breaks an object off in the middle so many times.
    pub fn cut_off(&self, name: &str, times: usize) -> &Self {
        self.change(name, |stored| stored.cuts = times)
    }

    /// Never answers to whoever wants this object.
    pub fn stall(&self, name: &str) -> &Self {
        self.state().stalled.insert(name.to_owned());
        self
    }

    /// Takes an object away.
    pub fn remove(&self, name: &str) -> &Self {
        self.state().objects.remove(name);
        self
    }

    /// So many objects on one page of a list.
    pub fn pages_of(&self, objects: usize) -> &Self {
        self.state().page = objects;
        self
    }

    /// Answers with an error from now on: to everything, or to whoever wants this object.
    pub fn refuse(&self, object: Option<&str>, status: u16, code: &'static str, words: &'static str) -> &Self {
        self.state().refusals.insert(object.map(str::to_owned), (status, code, words));
        self
    }

    /// Refuses nobody any more.
    pub fn allow(&self) -> &Self {
        self.state().refusals.clear();
        self
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The objects that were asked for so far, in the order of their names.
    pub fn fetched(&self) -> Vec<String> {
        let mut fetched: Vec<_> = self.asked().into_iter().filter_map(|asked| asked.object).collect();
        fetched.sort();
        fetched
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Stored)) -> &Self {
        change(self.state().objects.get_mut(name).expect("it is there"));
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics here")
    }
}

impl Drop for ObjectServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn answer(request: HttpRequest, state: Data<Mutex<State>>) -> HttpResponse {
    match reply(&request, &state) {
        Some(reply) => reply,
        None => std::future::pending().await,
    }
}

/// What is answered, if anything ever is.
fn reply(request: &HttpRequest, state: &Mutex<State>) -> Option<HttpResponse> {
    let mut state = state.lock().expect("no test panics here");
    let path = percent_encoding::percent_decode_str(request.path()).decode_utf8_lossy().into_owned();
    let query = Query::<BTreeMap<String, String>>::from_query(request.query_string()).expect("a query").into_inner();
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (bucket, object) = (parts.next().unwrap_or_default(), parts.next().filter(|name| !name.is_empty()));
    state.asked.push(Asked {
        object: object.map(str::to_owned),
        query: request.query_string().to_owned(),
        authorization: header("authorization").to_owned(),
        range: header("range").to_owned(),
    });
    let refusal = state.refusals.get(&None).or_else(|| state.refusals.get(&Some(object?.to_owned())));
    if let Some((status, code, words)) = refusal {
        return Some(error(*status, code, words));
    }
    if bucket != state.bucket {
        return Some(error(404, "NoSuchBucket", "The specified bucket does not exist"));
    }
    match object {
        None => Some(list(&state, &query)),
        Some(name) if state.stalled.contains(name) => None,
        Some(name) => Some(get(&mut state, name, header("range"), header("if-match"))),
    }
}

fn error(status: u16, code: &str, words: &str) -> HttpResponse {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{words}</Message></Error>");
    HttpResponse::build(StatusCode::from_u16(status).expect("a status")).content_type("application/xml").body(body)
}

fn list(state: &State, query: &BTreeMap<String, String>) -> HttpResponse {
    let of = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (wanted, after) = match state.protocol {
        Protocol::S3 => (of("list-type") == "2", of("continuation-token")),
        Protocol::Azure => (of("comp") == "list" && of("restype") == "container", of("marker")),
    };
    if !wanted {
        return error(400, "InvalidArgument", "no list of this kind");
    }
    let prefix = of("prefix");
    let skipped: usize = after.strip_prefix("after ").map_or(0, |number| number.parse().expect("our own mark"));
    let all: Vec<_> = state.objects.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    let next = skipped + state.page;
    let is_more = next < all.len();
    let mut items = String::new();
    for (name, Stored { bytes, version, .. }) in all.into_iter().skip(skipped).take(state.page) {
        let (name, bytes) = (escaped(name), bytes.len());
        items += &match state.protocol {
            Protocol::S3 => format!(
                "<Contents><Key>{name}</Key><LastModified>{}</LastModified><ETag>&quot;v{version}&quot;</ETag>\
                 <Size>{bytes}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                MODIFIED[0]
            ),
            Protocol::Azure => format!(
                "<Blob><Name>{name}</Name><Properties><Last-Modified>{}</Last-Modified><Etag>v{version}</Etag>\
                 <Content-Length>{bytes}</Content-Length><Content-Type>application/json</Content-Type>\
                 <BlobType>BlockBlob</BlobType></Properties></Blob>",
                MODIFIED[1]
            ),
        };
    }
    let body = match state.protocol {
        Protocol::S3 => {
            let token = if is_more {
                format!("<NextContinuationToken>after {next}</NextContinuationToken>")
            } else {
                String::new()
            };
            format!(
                "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{}</Name>\
                 <IsTruncated>{is_more}</IsTruncated>{items}{token}</ListBucketResult>",
                state.bucket
            )
        }
        Protocol::Azure => {
            let marker = if is_more { format!("after {next}") } else { String::new() };
            format!(
                "<EnumerationResults ServiceEndpoint=\"http://127.0.0.1/\" ContainerName=\"{}\"><Blobs>{items}</Blobs>\
                 <NextMarker>{marker}</NextMarker></EnumerationResults>",
                state.bucket
            )
        }
    };
    HttpResponse::Ok().content_type("application/xml").body(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}"))
}

fn get(state: &mut State, name: &str, range: &str, if_match: &str) -> HttpResponse {
    let Some(stored) = state.objects.get_mut(name) else { return error(404, "NoSuchKey", "The key does not exist.") };
    let etag = format!("\"v{}\"", stored.version);
    if !if_match.is_empty() && if_match != etag {
        return error(412, "PreconditionFailed", "It is another.");
    }
    let all = stored.bytes.len();
    let start: usize =
        range.strip_prefix("bytes=").and_then(|range| range.split('-').next()?.parse().ok()).unwrap_or(0);
    let bytes = stored.bytes.slice(start..);
    let mut response = if range.is_empty() { HttpResponse::Ok() } else { HttpResponse::PartialContent() };
    response.insert_header(("etag", etag)).insert_header(("last-modified", MODIFIED[1]));
    if !range.is_empty() {
        response.insert_header(("content-range", format!("bytes {start}-{}/{all}", all - 1)));
    }
    if let Some(encoding) = stored.encoding {
        response.insert_header(("content-encoding", encoding));
    }
    if stored.cuts == 0 {
        return response.body(bytes);
    }
    stored.cuts -= 1;
    let (promised, half) = (bytes.len() as u64, bytes.slice(..bytes.len() / 2));
    let broken = async {
        // What was written leaves before the end does.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut off"))
    };
    let body = stream::iter([Ok(half)]).chain(stream::once(broken));
    let body = Box::pin(body);
    response.body(SizedStream::new(promised, body))
}
