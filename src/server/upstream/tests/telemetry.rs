//! What a call leaves behind: a span without a trace of what was asked, and our name with the provider.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt as _},
    registry,
};

use super::*;

type Fields = BTreeMap<String, String>;

/// Collects the fields of the spans of calls.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Fields>>);

impl Visit for Collector {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.lock().unwrap().insert(field.name().to_owned(), format!("{value:?}").replace('"', ""));
    }
}

impl<S: Subscriber> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if attributes.metadata().name() == "call" {
            attributes.record(&mut self.clone());
        }
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

/// What the span of a call says.
async fn span_of(call: Call) -> Fields {
    let collector = Collector::default();
    let _guard = tracing::subscriber::set_default(registry().with(collector.clone()));
    upstream().send(call).await.ok();
    let fields = collector.0.lock().unwrap();
    fields.clone()
}

fn fields(fields: &[(&str, &str)]) -> Fields {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_span_says_who_and_how_it_went_and_nothing_else() {
    let server = Server::answering([answer("429 Slow", ""), answer("200 OK", "")]).await;
    let about = [("otel.kind", "client"), ("otel.name", "GET"), ("http.request.method", "GET"), ("provider", "fake")];
    let ended = |more: &[(&str, &str)]| fields(&[&about[..], &[("attempts", "1")], more].concat());

    let call = with_keys(get(server.url("/198.51.100.7?key=s3cret")));
    let limited = [("http.response.status_code", "429"), ("error.type", "rate_limited"), ("otel.status_code", "error")];
    assert_eq!(span_of(call.clone()).await, ended(&limited));
    assert_eq!(span_of(call).await, ended(&[("http.response.status_code", "200")]));

    let forbidden = [("error.type", "forbidden"), ("otel.status_code", "error")];
    assert_eq!(span_of(get("http://10.0.0.1/x")).await, ended(&forbidden));
}

#[tokio::test]
async fn the_provider_learns_our_name_and_no_more() {
    let server = Server::answering([answer("200 OK", "")]).await;
    span_of(get(server.url("/x"))).await;
    let seen = server.seen();
    let mut names: Vec<_> = seen[0].lines().filter_map(|line| line.split_once(": ").map(|(name, _)| name)).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    assert!(seen[0].contains(&format!("user-agent: pivotd/{}\r\n", env!("CARGO_PKG_VERSION"))), "{}", seen[0]);
}

#[tokio::test]
async fn nothing_that_can_be_printed_names_what_was_asked() {
    let call = with_keys(post("https://vendor.example/KEY/198.51.100.7?q=evil.test", "body"));
    let printed = format!("{call:?}");
    assert!(printed.contains("https://vendor.example"), "{printed}");
    for secret in ["KEY", "198.51.100.7", "evil", "s3cret", "body"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
