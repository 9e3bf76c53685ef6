//! PostgreSQL: a real server, typed rows, TLS, what it refuses, and that only reading is done.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    postgres::{PASSWORD, Postgres, USER},
    service::{QUIET, Service},
};

async fn service(server: &Postgres, user: &str, password: &str, more: &str) -> Service {
    let source = format!(
        "sources: {{ db: {{ kind: postgres, base_url: '{}', database: postgres, user: {user}, password: {password}, {more} }} }}",
        server.url()
    );
    let quiet = QUIET.replace(
        r#"egress: { allow_ranges: ["127.0.0.0/8"] }"#,
        &format!(r#"egress: {{ allow_ranges: ["127.0.0.0/8"], ca_file: "{}" }}"#, server.ca_file().display()),
    );
    Service::start(&format!("{quiet}{source}")).await
}

async fn query(service: &Service, text: &str) -> Value {
    service.call("/v1/sources/db/query", &json!({ "query": text, "deadline_ms": 20_000 })).await
}

#[tokio::test]
async fn rows_have_their_types_over_a_secure_connection() {
    let Some(server) = Postgres::start().await else { return };
    let service = service(&server, USER, PASSWORD, "").await;
    let answer = query(
        &service,
        "SELECT 1::int AS i, 9007199254740993::bigint AS l, 1.50::numeric AS d, 0.5::float8 AS r, true AS b, 'x'::text AS s, \
         '2026-05-01 12:00:00+02'::timestamptz AS t, '{\"a\": [1]}'::jsonb AS j, NULL::int AS n, \
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS g, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS secure;",
    )
    .await;
    assert_eq!(answer["outcome"], "complete", "{answer:#}");
    assert_eq!(
        answer["rows"],
        json!([{ "i": 1, "l": 9_007_199_254_740_993_i64, "d": "1.50", "r": 0.5, "b": true, "s": "x", "t": "2026-05-01T10:00:00Z",
            "j": { "a": [1] }, "n": null, "g": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "secure": true }])
    );
    let many = query(&service, "SELECT generate_series(1, 5000) AS n").await;
    assert_eq!((&many["row_count"], &many["rows"][4999]["n"]), (&json!(5000), &json!(5000)));
    let body = json!({ "query": "SELECT generate_series(1, 100000000) AS n", "max_rows": 3000, "deadline_ms": 20_000 });
    let some = service.call("/v1/sources/db/query", &body).await;
    assert_eq!((&some["row_count"], &some["truncated"]), (&json!(3000), &json!(true)));
    let (_, schema) = tests::service::json(service.get("/v1/sources/db/schema").send().await.unwrap()).await;
    assert_eq!((&schema["outcome"], &schema["tables"]), (&json!("complete"), &json!([])));
}

#[tokio::test]
async fn what_the_server_refuses_is_an_outcome_in_its_words() {
    let Some(server) = Postgres::start().await else { return };
    let service_of = |password: &'static str, more: &'static str| service(&server, USER, password, more);
    let service = service_of(PASSWORD, "").await;
    for (text, outcome, code) in [
        ("SELEC 1", "rejected", "42601"),
        ("SELECT * FROM nothing_there", "rejected", "42P01"),
        ("CREATE TABLE x (n int)", "rejected", "25006"),
        ("SELECT 1; DROP TABLE x", "rejected", "42601"),
    ] {
        let answer = query(&service, text).await;
        assert_eq!(
            (&answer["outcome"], &answer["partial_errors"][0]["code"]),
            (&json!(outcome), &json!(code)),
            "{text} {answer:#}"
        );
    }
    let wrong = query(&service_of("wrong", "").await, "SELECT 1").await;
    assert_eq!((&wrong["outcome"], &wrong["partial_errors"][0]["code"]), (&json!("unauthorized"), &json!("28P01")));
    let plain =
        query(&service_of(PASSWORD, "tls: false").await, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            .await;
    assert_eq!(plain["rows"], json!([{ "ssl": false }]));
}

#[tokio::test]
async fn a_query_that_nobody_waits_for_is_cancelled_at_the_server() {
    let Some(server) = Postgres::start().await else { return };
    let service = service(&server, USER, PASSWORD, "").await;
    let body = json!({ "query": "SELECT pg_sleep(600)", "deadline_ms": 500 });
    let answer = service.call("/v1/sources/db/query", &body).await;
    assert_eq!(answer["outcome"], "timeout", "{answer:#}");
    let running =
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'";
    tokio::time::timeout(Duration::from_secs(20), async {
        while query(&service, running).await["rows"] != json!([{ "n": 0 }]) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("it ends");
}
