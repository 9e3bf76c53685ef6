//! The edge with a demo resource behind it, called in the process.

use std::{sync::Arc, time::Duration};

use actix_web::{
    body::to_bytes,
    http::{Method, StatusCode, header::HeaderMap},
    test::{self, TestRequest},
};
use futures::{FutureExt as _, future::BoxFuture};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::demo;
use crate::{
    api::{Api, Callers, FetchJwks, Health, Routes, Unfetched, document},
    settings::{ApiKey, AuthSettings, LimitSettings, Scope, ServerSettings},
    telemetry::Metrics,
};

/// A key with the scope `lookup`, one with all, one with none.
pub(super) const KEY: &str = "key of the soar";
pub(super) const MASTER_KEY: &str = "key of the admin";
pub(super) const POWERLESS_KEY: &str = "key of nobody";

pub(super) const LIMITS: LimitSettings = LimitSettings {
    requests_per_s: 0,
    concurrent: 0,
    body_bytes: 1_000,
    table_bytes: 1_000,
    items_per_call: 2,
    json_depth: 6,
};

/// An answer, read to the end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Reads a problem, and checks what holds for all of them.
    #[track_caller]
    pub(super) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["trace_id"].as_str().unwrap().len(), 32, "{problem}");
        assert!(problem["title"].is_string());
        assert!(!self.status.is_server_error() || problem.get("detail").is_none(), "{problem}");
        let name = problem["type"].as_str().unwrap().strip_prefix("/problems/").unwrap();
        (self.status.as_u16(), name.to_owned())
    }
}

/// Nobody's keys.
pub(super) struct NoJwks;

impl FetchJwks for NoJwks {
    fn fetch<'a>(&'a self, _: &'a Url) -> BoxFuture<'a, Result<Vec<u8>, Unfetched>> {
        async { Err(Unfetched("there are none".to_owned())) }.boxed()
    }
}

pub(super) fn server() -> ServerSettings {
    ServerSettings {
        listen: "127.0.0.1:8080".parse().unwrap(),
        ops_listen: None,
        public_url: Some("https://soc.example/pivotd/".parse().unwrap()),
        workers: None,
        drain: Duration::ZERO,
    }
}

pub(super) fn metrics() -> Metrics {
    Metrics::new().unwrap()
}

pub(super) fn callers() -> Arc<Callers> {
    let key = |id: &str, key: &str, scopes: &[Scope]| ApiKey {
        id: id.to_owned(),
        sha256: Sha256::digest(key).into(),
        scopes: scopes.to_vec(),
    };
    let api_keys = vec![
        key("soar", KEY, &[Scope::Lookup]),
        key("admin", MASTER_KEY, &Scope::ALL),
        key("nobody", POWERLESS_KEY, &[]),
    ];
    let auth = AuthSettings { api_keys, jwt: vec![], dangerously_allow_anonymous: false };
    let fetch: Arc<dyn FetchJwks> = Arc::new(NoJwks);
    Arc::new(Callers::new(&auth, server().listen, &fetch).unwrap())
}

pub(super) fn api() -> Api {
    api_with(&LIMITS, Health::default())
}

/// The edge with other operations behind it.
pub(super) fn api_of(routes: Routes) -> Api {
    Api::serving(routes, &server(), &LIMITS, callers(), Health::default(), metrics())
}

/// The operations that are not open to everybody: method, a path that fits, and the scope that the documentation names.
pub(super) fn guarded_operations(routes: Routes) -> Vec<(Method, String, String)> {
    let document = serde_json::to_value(document(&server(), routes)).unwrap();
    let mut found = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|_| template.starts_with("/v1/")) {
            let path = template.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
            let scope = operation["x-scope"].as_str().unwrap_or_else(|| panic!("{method} {template} names no scope"));
            let method = method.to_uppercase().parse().unwrap();
            found.push((method, path.collect::<Vec<_>>().join("/"), scope.to_owned()));
        }
    }
    found
}

pub(super) fn api_with(limits: &LimitSettings, health: Health) -> Api {
    Api::serving(demo::routes, &server(), limits, callers(), health, metrics())
}

/// A request to look up, as a good caller sends it.
pub(super) fn lookup(body: &str) -> TestRequest {
    TestRequest::post()
        .uri("/v1/demo/lookup")
        .insert_header(("x-api-key", KEY))
        .insert_header(("content-type", "application/json"))
        .set_payload(body.to_owned())
}

/// A GET with the key that may do all.
pub(super) fn get(uri: &str) -> TestRequest {
    TestRequest::get().uri(uri).insert_header(("x-api-key", MASTER_KEY))
}

pub(super) async fn call(api: &Api, request: TestRequest) -> Answer {
    let service = test::init_service(api.app()).await;
    match test::try_call_service(&service, request.to_request()).await {
        Ok(answer) => {
            let (status, headers) = (answer.status(), answer.headers().clone());
            Answer { status, headers, body: test::read_body(answer).await.into() }
        }
        // As the connection does it.
        Err(error) => {
            let answer = error.error_response();
            let (status, headers) = (answer.status(), answer.headers().clone());
            Answer { status, headers, body: to_bytes(answer.into_body()).await.unwrap().into() }
        }
    }
}
