//! Who is let in, who is not, and why.

mod issuer;

use std::time::Duration;

use actix_web::{
    http::header::{HeaderName, HeaderValue},
    rt::System,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use issuer::{AUDIENCE, ISSUER, TestIssuer};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::settings::{ApiKey, JwtIssuer};

const LOOPBACK: &str = "127.0.0.1:8080";
const ANYWHERE: &str = "0.0.0.0:8080";

fn key(id: &str, key: &str, scopes: &[Scope]) -> ApiKey {
    ApiKey { id: id.to_owned(), sha256: Sha256::digest(key).into(), scopes: scopes.to_vec() }
}

fn trusted() -> JwtIssuer {
    JwtIssuer {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        jwks_url: "https://login.example/keys".parse().unwrap(),
        roles_to_scopes: [("Soc.Analyst".to_owned(), vec![Scope::Lookup, Scope::Query])].into(),
    }
}

fn auth() -> AuthSettings {
    AuthSettings {
        api_keys: vec![key("soar", "first key", &[Scope::Lookup]), key("ops", "second key", &[Scope::Admin])],
        jwt: vec![trusted()],
        dangerously_allow_anonymous: false,
    }
}

fn callers(auth: &AuthSettings, issuer: &Arc<TestIssuer>) -> Callers {
    let fetch = Arc::clone(issuer) as Arc<dyn FetchJwks>;
    Callers::new(auth, LOOPBACK.parse().unwrap(), &fetch).unwrap()
}

fn recognise(callers: &Callers, name: &'static str, value: &str) -> Result<Caller, Refusal> {
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    System::new().block_on(callers.recognise(&headers))
}

/// How a token is taken that says this.
fn verify(issuer: &Arc<TestIssuer>, claims: &Value) -> Result<Caller, Refusal> {
    recognise(&callers(&auth(), issuer), "authorization", &format!("Bearer {}", issuer.sign(claims)))
}

fn with(changes: Value) -> Value {
    let (Value::Object(mut claims), Value::Object(changes)) = (TestIssuer::claims(), changes) else { panic!() };
    claims.extend(changes);
    claims.into()
}

#[test]
fn a_key_is_known_in_either_header() {
    let callers = callers(&auth(), &TestIssuer::new());
    for (name, value, id) in [
        ("x-api-key", "first key", "soar"),
        ("x-api-key", "second key", "ops"),
        ("authorization", "Bearer first key", "soar"),
        ("authorization", "bearer  second key ", "ops"),
    ] {
        assert_eq!(&*recognise(&callers, name, value).unwrap().id, id, "{name}: {value}");
    }
    let caller = recognise(&callers, "x-api-key", "first key").unwrap();
    assert!(caller.scopes.contains(Scope::Lookup) && !caller.scopes.contains(Scope::Admin));
}

#[test]
fn nobody_without_good_credentials_is_let_in() {
    let callers = callers(&auth(), &TestIssuer::new());
    assert_eq!(System::new().block_on(callers.recognise(&HeaderMap::new())).unwrap_err(), Refusal::Missing);
    for (name, value, refusal) in [
        ("x-api-key", "third key", Refusal::UnknownKey),
        ("x-api-key", "", Refusal::UnknownKey),
        ("authorization", "Bearer third key", Refusal::UnknownKey),
        ("authorization", "Basic Zmlyc3Qga2V5", Refusal::Malformed),
        ("authorization", "Bearer", Refusal::Malformed),
        ("authorization", "Bearer  ", Refusal::Malformed),
        ("authorization", "Bearer a.b.c", Refusal::Unreadable),
        ("authorization", "Bearer e30.e30.", Refusal::Unreadable),
    ] {
        assert_eq!(recognise(&callers, name, value).unwrap_err(), refusal, "{name}: {value}");
    }
}

#[test]
fn without_credentials_in_the_settings_only_this_machine_is_served() {
    let nobody = AuthSettings { api_keys: vec![], jwt: vec![], dangerously_allow_anonymous: false };
    let fetch: Arc<dyn FetchJwks> = TestIssuer::new();
    assert!(Callers::new(&nobody, ANYWHERE.parse().unwrap(), &fetch).is_err());
    assert!(Callers::new(&auth(), ANYWHERE.parse().unwrap(), &fetch).is_ok());
    let anybody = AuthSettings { dangerously_allow_anonymous: true, ..nobody.clone() };
    assert!(Callers::new(&anybody, ANYWHERE.parse().unwrap(), &fetch).is_ok());

    let callers = callers(&nobody, &TestIssuer::new());
    let caller = recognise(&callers, "x-api-key", "whatever").unwrap();
    assert!(Scope::ALL.into_iter().all(|scope| caller.scopes.contains(scope)));
}

#[test]
fn where_anybody_may_call_a_wrong_key_is_still_wrong() {
    let callers = callers(&AuthSettings { dangerously_allow_anonymous: true, ..auth() }, &TestIssuer::new());
    assert_eq!(&*System::new().block_on(callers.recognise(&HeaderMap::new())).unwrap().id, "anonymous");
    assert_eq!(recognise(&callers, "x-api-key", "third key").unwrap_err(), Refusal::UnknownKey);
}

#[test]
fn a_good_token_is_taken_for_its_subject() {
    let caller = verify(&TestIssuer::new(), &with(json!({"sub": "logic app\n7"}))).unwrap();
    assert_eq!(&*caller.id, "logic_app_7");
}

#[test]
fn roles_and_scopes_of_a_token_become_scopes() {
    let scopes = |claims| verify(&TestIssuer::new(), &with(claims)).unwrap().scopes;
    let set = |scopes: &[Scope]| scopes.iter().collect::<Scopes>();
    assert_eq!(scopes(json!({"roles": ["Soc.Analyst", "Other"]})), set(&[Scope::Lookup, Scope::Query]));
    assert_eq!(scopes(json!({"scp": "analyze sentinel.read"})), set(&[Scope::Analyze, Scope::SentinelRead]));
    assert_eq!(scopes(json!({"scope": "admin", "roles": "lookup"})), set(&[Scope::Admin, Scope::Lookup]));
    assert_eq!(scopes(json!({"scp": ["query"]})), set(&[Scope::Query]));
    assert_eq!(scopes(json!({})), set(&[]));
}

#[test]
fn a_token_that_does_not_fit_is_refused_for_what_is_wrong_with_it() {
    let now = jsonwebtoken::get_current_timestamp();
    for (changes, refusal) in [
        (json!({"exp": now - 120}), Refusal::Expired),
        (json!({"nbf": now + 120}), Refusal::Immature),
        (json!({"aud": "api://another"}), Refusal::Audience),
        (json!({"aud": ["api://another"]}), Refusal::Audience),
        (json!({"iss": "https://evil.example"}), Refusal::Issuer),
        (json!({"iss": null}), Refusal::Claims),
        (json!({"exp": null}), Refusal::Claims),
        (json!({"aud": null}), Refusal::Claims),
        (json!({"sub": null}), Refusal::Claims),
    ] {
        assert_eq!(verify(&TestIssuer::new(), &with(changes.clone())).unwrap_err(), refusal, "{changes}");
    }
    for changes in [json!({"exp": now - 30}), json!({"nbf": now + 30}), json!({"aud": ["api://x", AUDIENCE]})] {
        assert!(verify(&TestIssuer::new(), &with(changes.clone())).is_ok(), "{changes}");
    }
}

#[test]
fn a_token_that_was_changed_or_signed_otherwise_is_refused() {
    let issuer = TestIssuer::new();
    let callers = callers(&auth(), &issuer);
    let claims = with(json!({}));
    let token = issuer.sign(&claims);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let body = URL_SAFE_NO_PAD.encode(with(json!({"roles": ["admin"]})).to_string());
    let forged = format!("{}.{body}.{signature}", message.split_once('.').unwrap().0);
    for (token, refusal) in [
        (forged, Refusal::Signature),
        (format!("{message}.{}", URL_SAFE_NO_PAD.encode([1; 64])), Refusal::Signature),
        (TestIssuer::assemble(&json!({"alg": "none"}), &claims, ""), Refusal::Algorithm),
        (TestIssuer::assemble(&json!({"alg": "None", "kid": "ec-1"}), &claims, ""), Refusal::Algorithm),
        (issuer.sign_with_public_key_as_secret(&claims), Refusal::Algorithm),
        (TestIssuer::assemble(&json!({"alg": "RS256", "kid": "ec-1"}), &claims, "AAAA"), Refusal::UnknownSigner),
        (
            TestIssuer::assemble(&json!({"alg": "ES256", "kid": "ec-1", "crit": ["b64"]}), &claims, "AAAA"),
            Refusal::Algorithm,
        ),
        (TestIssuer::assemble(&json!({"alg": "ES256", "kid": "other"}), &claims, "AAAA"), Refusal::UnknownSigner),
    ] {
        assert_eq!(recognise(&callers, "authorization", &format!("Bearer {token}")).unwrap_err(), refusal, "{token}");
    }
}

#[test]
fn a_token_signed_with_rsa_is_taken() {
    let issuer = TestIssuer::publishing(issuer::RSA_KEYS.to_owned());
    let caller =
        recognise(&callers(&auth(), &issuer), "authorization", &format!("Bearer {}", issuer::RSA_TOKEN)).unwrap();
    assert_eq!(&*caller.id, "logic-app");
    assert!(caller.scopes.contains(Scope::Lookup));
}

#[test]
fn a_token_that_was_proved_is_taken_again_without_its_issuer() {
    let issuer = TestIssuer::new();
    let callers = callers(&auth(), &issuer);
    let header = format!("Bearer {}", issuer.sign(&TestIssuer::claims()));
    let first = recognise(&callers, "authorization", &header).unwrap();
    issuer.fail();
    let second = recognise(&callers, "authorization", &header).unwrap();
    assert_eq!((first.id, first.scopes), (second.id, second.scopes));
}

#[test]
fn keys_are_fetched_for_an_unknown_id_but_not_more_than_once_a_minute() {
    let issuer = TestIssuer::new();
    let jwks = jwks::Jwks::new(trusted().jwks_url, Arc::clone(&issuer) as Arc<dyn FetchJwks>);
    let start = Instant::now();
    let look = |id: &str, after: u64| {
        let sought = jwks.find(Some(id), jsonwebtoken::Algorithm::ES256, start + Duration::from_secs(after));
        matches!(System::new().block_on(sought), jwks::Sought::Found(_))
    };
    assert!(look("ec-1", 0) && look("ec-1", 1));
    assert_eq!(issuer.fetched(), 1);
    assert!(!look("ec-2", 2) && !look("ec-2", 59));
    assert_eq!(issuer.fetched(), 1);

    issuer.rotate("ec-2");
    assert!(look("ec-2", 61) && !look("ec-1", 62));
    assert_eq!(issuer.fetched(), 2);

    issuer.fail();
    assert!(!look("ec-3", 200) && look("ec-2", 201), "the last good keys are kept");
    assert_eq!(issuer.fetched(), 3);
}

#[test]
fn while_an_issuer_has_no_keys_its_tokens_are_not_the_callers_fault() {
    let issuer = TestIssuer::new();
    issuer.fail();
    let refusal = verify(&issuer, &with(json!({}))).unwrap_err();
    assert_eq!(refusal, Refusal::SignersAway);
    assert!(crate::api::Problem::from(refusal).kind().is_ours());
}

#[test]
fn keys_that_sign_nothing_are_left_out() {
    for key in [
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "ec-1"}),
        json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "kid": "ec-1"}),
        json!({"kty": "new", "kid": "ec-1"}),
        json!("garbage"),
    ] {
        let issuer = TestIssuer::publishing(json!({ "keys": [key] }).to_string());
        let token = issuer.sign(&TestIssuer::claims());
        let refused = recognise(&callers(&auth(), &issuer), "authorization", &format!("Bearer {token}")).unwrap_err();
        assert_eq!(refused, Refusal::SignersAway);
    }
}

proptest! {
    #[test]
    fn any_text_is_survived_and_refused(text in "[ -~]{0,60}") {
        prop_assume!(!text.trim().is_empty());
        let refused = recognise(&callers(&auth(), &TestIssuer::new()), "authorization", &format!("Bearer {text}"));
        prop_assert!(refused.is_err());
        let refused = recognise(&callers(&auth(), &TestIssuer::new()), "authorization", &text);
        prop_assert!(refused.is_err());
    }
}
