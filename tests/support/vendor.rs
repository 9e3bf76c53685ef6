//! A provider's server on loopback that answers as it is told: well, slowly, half, for ever.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::SizedStream,
    dev::ServerHandle,
    http::StatusCode,
    web::{self, Bytes, Data},
};
use futures::{StreamExt, stream};

/// How a reply leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Whole,
    /// The length promises more than comes.
    Truncated,
    /// The body never ends.
    NeverEnding,
    /// Nothing ever comes.
    Hang,
}

/// One reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// Time before the first byte.
    pub delay: Duration,
    /// How it leaves.
    pub manner: Manner,
}

impl Reply {
    /// A JSON body with status 200.
    pub fn json(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Bytes::from(body.into()),
            delay: Duration::ZERO,
            manner: Manner::Whole,
        }
    }

    /// Another status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// One more header, or the same with another value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Other bytes.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Later.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Badly.
    pub fn manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }
}

/// A request that the vendor saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path with query.
    pub target: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// When it came.
    pub at: Instant,
}

impl Seen {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct State {
    /// Replies by the beginning of the path; the longest that fits wins.
    rules: Mutex<Vec<(String, Reply)>>,
    /// Replies that are given once, before those.
    once: Mutex<Vec<(String, Reply)>>,
    seen: Mutex<Vec<Seen>>,
}

/// A fake vendor. Stops when dropped.
pub struct Vendor {
    base: String,
    state: Arc<State>,
    handle: ServerHandle,
}

/// Serves on a free port of this machine until its handle stops it.
pub(crate) fn serve(
    configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> (SocketAddr, ServerHandle) {
    let server = HttpServer::new(move || App::new().configure(configure.clone()))
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .bind("127.0.0.1:0")
        .expect("a free port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    (address, handle)
}

impl Vendor {
    /// Starts one that knows nothing: 404 with an empty object.
    pub fn start() -> Self {
        let state = Arc::new(State::default());
        let data = Data::from(state.clone());
        let (address, handle) = serve(move |config| {
            config.app_data(data.clone()).default_service(web::to(answer));
        });
        Self { base: format!("http://{address}"), state, handle }
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What it says to paths that begin like this.
    pub fn says(&self, path: &str, reply: Reply) -> &Self {
        let mut rules = self.state.rules.lock().expect("no test panics here");
        rules.retain(|(known, _)| known != path);
        rules.push((path.to_owned(), reply));
        rules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        drop(rules);
        self
    }

    /// What it says once to a path that begins like this, before what it says otherwise; in the order in which it was told.
    pub fn says_once(&self, path: &str, reply: Reply) -> &Self {
        self.state.once.lock().expect("no test panics here").push((path.to_owned(), reply));
        self
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("no test panics here").clone()
    }

    /// How many requests so far.
    pub fn calls(&self) -> usize {
        self.state.seen.lock().expect("no test panics here").len()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        // The future of `stop` only reports the end; the order is given when it is made.
        drop(self.handle.stop(false));
    }
}

async fn answer(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let target = request.uri().to_string();
    state.seen.lock().expect("no test panics here").push(Seen {
        method: request.method().to_string(),
        target: target.clone(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body,
        at: Instant::now(),
    });
    let once = {
        let mut once = state.once.lock().expect("no test panics here");
        let found = once.iter().position(|(path, _)| target.starts_with(path.as_str()));
        found.map(|found| once.remove(found).1)
    };
    let reply = {
        let rules = state.rules.lock().expect("no test panics here");
        rules.iter().find(|(path, _)| target.starts_with(path.as_str())).map(|(_, reply)| reply.clone())
    };
    let reply = once.or(reply).unwrap_or_else(|| Reply::json("{}").status(404));
    tokio::time::sleep(reply.delay).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    for (name, value) in &reply.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    match reply.manner {
        Manner::Whole => response.body(reply.body),
        Manner::Truncated => {
            let promised = reply.body.len() as u64 * 2 + 64;
            let body = stream::iter([Ok::<_, std::io::Error>(reply.body)]);
            // The second part never comes: the stream breaks off.
            let body = body.chain(stream::iter([Err(std::io::Error::other("cut off"))]));
            response.body(SizedStream::new(promised, body))
        }
        Manner::NeverEnding => {
            let block = Bytes::from(vec![b' '; 64 * 1024]);
            response.streaming(stream::repeat_with(move || Ok::<_, std::io::Error>(block.clone())))
        }
        Manner::Hang => {
            std::future::pending::<()>().await;
            response.finish()
        }
    }
}
