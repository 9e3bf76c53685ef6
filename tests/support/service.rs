//! The service as users start it, on a free port, and the calls that tests make.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use providers::{ALL, Provider};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use server::{api::Application, settings::Settings, telemetry::Metrics};

/// A running service. Stops when dropped.
pub struct Service {
    base: String,
    client: Client,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: Option<tokio::task::JoinHandle<()>>,
}

/// What the settings of nearly every test say: a free port, loopback vendors allowed, nothing on that needs a network.
pub const QUIET: &str = r#"
server: { listen: "127.0.0.1:0" }
limits: { requests_per_s: 0 }
egress: { allow_ranges: ["127.0.0.0/8"] }
providers: { tor: { enabled: false } }
profiles: { default: { context: [] } }
telemetry: { log: { level: "off" } }
"#;

impl Service {
    /// Starts it with these settings on top of the defaults.
    pub async fn start(settings: &str) -> Self {
        Self::start_with(settings, providers::ALL.to_vec()).await
    }

    /// Starts it with other providers.
    pub async fn start_with(settings: &str, providers: Vec<&'static dyn Provider>) -> Self {
        let ids: Vec<&str> = providers.iter().map(|provider| provider.facts().id).collect();
        let settings = Settings::from_text(Some(("test.yaml", settings)), &ids)
            .unwrap_or_else(|mistakes| panic!("the settings of the test are wrong:\n{mistakes}"));
        Self::run(Application::build(settings, providers).await.expect("the service starts"))
    }

    /// Starts it with settings in a file, which it reads again when told to.
    pub async fn start_from(file: PathBuf) -> Self {
        let load = move || Settings::load(Some(&file), &BTreeMap::new(), &[]).map_err(|mistakes| mistakes.to_string());
        let settings = load().unwrap_or_else(|mistakes| panic!("the settings of the test are wrong:\n{mistakes}"));
        let metrics = Metrics::new().expect("metrics");
        let application = Application::build_with(settings, ALL.to_vec(), metrics, Some(Box::new(load)), None).await;
        Self::run(application.expect("the service starts"))
    }

    fn run(application: Application) -> Self {
        let base = format!("http://{}", application.address());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let ended = tokio::spawn(async move {
            let stopped = async {
                // Dropped is stopped, too.
                let _ = stopped.await;
            };
            application.run_until(stopped).await.expect("the service ends well");
        });
        Self { base, client: client(), stop: Some(stop), ended: Some(ended) }
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    /// A POST request with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).json(body)
    }

    /// The JSON of a call that must succeed.
    pub async fn call(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = json(self.post(path, body).send().await.expect("an answer")).await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        answer
    }

    /// The problem of a call that must fail.
    pub async fn refused(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, answer) = json(self.post(path, body).send().await.expect("an answer")).await;
        assert!(!status.is_success(), "{answer:#}");
        (status.as_u16(), answer)
    }

    /// Stops it as SIGTERM does and waits until it has ended.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(ended) = self.ended.take() {
            ended.await.expect("no panic");
        }
    }
}

/// A client without a proxy and with patience.
pub fn client() -> Client {
    server::upstream::install_tls();
    Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().expect("a client")
}

/// Status and JSON of an answer.
pub async fn json(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    let bytes = answer.bytes().await.expect("a body");
    let value = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| panic!("{status}, no JSON: {}", String::from_utf8_lossy(&bytes)));
    (status, value)
}
