//! Who gets where.

use std::sync::Arc;

use actix_web::{http::StatusCode, rt::System, test::TestRequest};

use super::{
    demo,
    service::{Answer, KEY, LIMITS, NoJwks, POWERLESS_KEY, api, api_of, call, get, guarded_operations, lookup, server},
};
use crate::{
    api::{Callers, FetchJwks, resources},
    settings::{AuthSettings, LimitSettings},
};

fn answer(request: TestRequest) -> Answer {
    System::new().block_on(call(&api(), request))
}

#[test]
fn without_credentials_nothing_below_v1_is_answered() {
    for path in ["/v1/demo/lookup?value=a", "/v1/nothing", "/v1", "/%761/demo/lookup?value=a", "/v%31/demo/providers"] {
        let answer = answer(TestRequest::get().uri(path));
        assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()), "{path}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="pivotd""#);
    }
    for path in ["/livez", "/readyz", "/version", "/openapi.json", "/docs/", "/problems"] {
        assert_eq!(answer(TestRequest::get().uri(path)).status, StatusCode::OK, "{path}");
    }
}

#[test]
fn wrong_credentials_are_told_what_is_wrong() {
    for (name, value, detail) in [
        ("x-api-key", "guess", "the API key is not known"),
        ("authorization", "Bearer guess", "the API key is not known"),
        ("authorization", "Basic guess", "the Authorization header is not `Bearer` and a key or token"),
    ] {
        let answer = answer(TestRequest::get().uri("/v1/demo/providers").insert_header((name, value)));
        assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()));
        assert_eq!(answer.json()["detail"], detail);
    }
}

#[test]
fn a_caller_without_the_scope_is_told_which() {
    let answer = answer(TestRequest::get().uri("/v1/demo/numbers/7").insert_header(("x-api-key", KEY)));
    assert_eq!(answer.problem(), (403, "denied".to_owned()));
    assert_eq!(answer.json()["detail"], "the caller lacks the scope `admin`");
    assert!(answer.header("www-authenticate").contains(r#"error="insufficient_scope", scope="admin""#));
}

#[test]
fn every_operation_demands_the_scope_that_its_documentation_names() {
    for routes in [demo::routes, resources] {
        for (method, path, scope) in guarded_operations(routes) {
            let request = TestRequest::default().method(method.clone()).uri(&path);
            if scope == "any" {
                let answer = System::new().block_on(async { call(&api_of(routes), request).await });
                assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()), "{method} {path}");
                continue;
            }
            let request = request.insert_header(("x-api-key", POWERLESS_KEY));
            let answer = System::new().block_on(async { call(&api_of(routes), request).await });
            assert_eq!(answer.problem(), (403, "denied".to_owned()), "{method} {path}");
            assert_eq!(answer.json()["detail"], format!("the caller lacks the scope `{scope}`"), "{method} {path}");
        }
    }
}

#[test]
fn callers_and_limits_can_be_replaced_while_the_service_runs() {
    System::new().block_on(async {
        let api = api();
        assert_eq!(call(&api, get("/v1/demo/providers")).await.status, StatusCode::OK);
        let nobody = AuthSettings { api_keys: vec![], jwt: vec![], dangerously_allow_anonymous: false };
        let fetch: Arc<dyn FetchJwks> = Arc::new(NoJwks);
        let anybody = Callers::new(&nobody, server().listen, &fetch).unwrap();
        api.replace_rules(Arc::new(anybody), &LimitSettings { body_bytes: 1, requests_per_s: 9, ..LIMITS });
        let answer = call(&api, lookup("{}")).await;
        assert_eq!(answer.problem(), (413, "body-too-large".to_owned()));
        assert_eq!(answer.header("ratelimit-policy"), r#""rate";q=9;w=1"#);
    });
}
