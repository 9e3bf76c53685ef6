//! Tokens: fetched once, renewed, refused, and what is fetched with them from a vault.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use server::{
    api::Application,
    credentials::{CredentialError, Credentials},
    settings::Settings,
    upstream::Upstream,
};
use tests::{
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};
use tokio::time::Instant;

const TOKEN: &str = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#;
const SCOPE: &str = "https://api.loganalytics.io/.default";

fn settings(credential: &str) -> Settings {
    let text = format!("{QUIET}\ncredentials: {{ soc: {{ {credential} }} }}\n");
    Settings::from_text(Some(("test.yaml", &text)), &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn credentials(credential: &str) -> Credentials {
    let settings = settings(credential);
    let upstream = Upstream::new(&settings.egress, &settings.dns).unwrap();
    Credentials::new(upstream, &settings.credentials).unwrap()
}

fn client_secret(issuer: &Vendor) -> String {
    format!(
        "kind: client_secret, tenant_id: contoso.example, client_id: app, secret: s3cret, authority: '{}'",
        issuer.base()
    )
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_who_need_it() {
    let issuer = Vendor::start();
    issuer.says("/contoso.example/oauth2/v2.0/token", Reply::json(TOKEN).after(Duration::from_millis(30)));
    let credentials = credentials(&client_secret(&issuer));
    let tokens = join_all((0..20).map(|_| credentials.token("soc", SCOPE, soon()))).await;
    assert!(tokens.iter().all(|token| token.as_ref().unwrap().expose() == "t0ken"));
    let seen = issuer.seen();
    let [request] = seen.as_slice() else { panic!("{} requests", seen.len()) };
    let form: Vec<(String, String)> = url_pairs(&request.body);
    for (name, value) in
        [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "s3cret"), ("scope", SCOPE)]
    {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name} in {form:?}");
    }

    let other = credentials.token("soc", "https://graph.microsoft.com/.default", soon()).await;
    assert_eq!((other.unwrap().expose(), issuer.calls()), ("t0ken", 2), "each scope has its own");
    credentials.forget("soc", SCOPE, &credentials.token("soc", SCOPE, soon()).await.unwrap());
    credentials.token("soc", SCOPE, soon()).await.unwrap();
    assert_eq!(issuer.calls(), 3, "what was refused is fetched anew");
}

fn url_pairs(body: &[u8]) -> Vec<(String, String)> {
    let text = format!("http://x/?{}", String::from_utf8_lossy(body));
    reqwest::Url::parse(&text).unwrap().query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_refusal_has_the_issuers_words_and_no_secret() {
    let issuer = Vendor::start();
    let words = "AADSTS7000215: Invalid client secret provided.";
    let body = json!({ "error": "invalid_client", "error_description": format!("{words}\r\nTrace ID: x") });
    issuer.says("/", Reply::json(body.to_string()).status(401));
    let credentials = credentials(&client_secret(&issuer));
    let error = credentials.token("soc", SCOPE, soon()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("the credential was refused: invalid_client: {words}"));
    assert_eq!(credentials.token("soc", SCOPE, soon()).await.err(), Some(error), "told again, not asked again");
    assert_eq!(issuer.calls(), 1);
    assert_eq!(credentials.token("nobody", SCOPE, soon()).await.err(), Some(CredentialError::Unknown));
}

#[tokio::test]
async fn an_issuer_that_stumbles_is_asked_again_and_one_that_hangs_is_not_waited_for() {
    let issuer = Vendor::start();
    issuer.says("/", Reply::json("{}").status(503));
    let credentials = credentials(&client_secret(&issuer));
    assert_eq!(credentials.token("soc", SCOPE, soon()).await.err(), Some(CredentialError::NoToken(503)));
    assert_eq!(issuer.calls(), 3);
    issuer.says("/", Reply::json(TOKEN).after(Duration::from_secs(30)));
    let until = Instant::now() + Duration::from_millis(100);
    let late = credentials.token("soc", "another", until).await.unwrap_err();
    assert!(late.to_string().contains("deadline"), "{late}");
}

#[tokio::test]
async fn a_machine_and_an_app_service_give_tokens_in_their_own_ways() {
    let platform = Vendor::start();
    platform.says("/", Reply::json(r#"{"access_token":"of the platform","expires_in":"86399","expires_on":"1"}"#));
    // No range is allowed: the platform is asked all the same, and nobody else is.
    let machine = format!("kind: managed_identity, client_id: mine, endpoint: '{}/metadata'", platform.base());
    let token = credentials(&machine).token("soc", SCOPE, soon()).await.unwrap();
    assert_eq!(token.expose(), "of the platform");
    let app = format!("kind: managed_identity, endpoint: '{}/msi/token', header: h3ader", platform.base());
    credentials(&app).token("soc", SCOPE, soon()).await.unwrap();
    let seen = platform.seen();
    assert_eq!(
        seen[0].target,
        "/metadata?api-version=2018-02-01&resource=https%3A%2F%2Fapi.loganalytics.io&client_id=mine"
    );
    assert_eq!(seen[0].header("metadata"), Some("true"));
    assert_eq!(seen[1].target, "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fapi.loganalytics.io");
    assert_eq!(seen[1].header("x-identity-header"), Some("h3ader"));
}

#[tokio::test]
async fn a_clusters_token_is_read_anew_each_time() {
    let issuer = Vendor::start();
    issuer.says("/", Reply::json(r#"{"access_token":"t","expires_in":0}"#));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let credentials = credentials(&format!(
        "kind: workload_identity, tenant_id: t, client_id: app, token_file: '{}', authority: '{}'",
        file.display(),
        issuer.base()
    ));
    assert_eq!(credentials.token("soc", "1", soon()).await.err(), Some(CredentialError::TokenFile));
    for (scope, text) in [("2", "first"), ("3", "second")] {
        std::fs::write(&file, format!("{text}\n")).unwrap();
        credentials.token("soc", scope, soon()).await.unwrap();
        let form = url_pairs(&issuer.seen().last().unwrap().body);
        assert!(form.contains(&("client_assertion".to_owned(), text.to_owned())), "{form:?}");
        assert!(!form.iter().any(|(name, _)| name == "client_secret"));
    }
}

/// A provider whose key lies in a vault.
fn with_vault(vault: &Vendor, provider: &Vendor) -> String {
    format!(
        "{QUIET}
credentials: {{ soc: {{ {} }} }}
key_vault: {{ url: '{}', credential: soc }}",
        client_secret(vault),
        vault.base()
    )
    .replace(
        "providers: { tor: { enabled: false } }",
        &format!(
            "providers: {{ abuseipdb: {{ key: {{ key_vault: abuse-key }}, base_url: '{}' }}, tor: {{ enabled: false }} }}",
            provider.base()
        ),
    )
}

#[tokio::test]
async fn a_key_in_a_vault_is_there_when_it_is_needed() {
    let (vault, provider) = (Vendor::start(), Vendor::start());
    vault.says("/contoso.example/oauth2/v2.0/token", Reply::json(TOKEN));
    vault.says("/secrets/abuse-key?api-version=7.4", Reply::json(r#"{"value":"from the vault","id":"x"}"#));
    provider.says("/", Reply::json(r#"{"data":{"abuseConfidenceScore":0,"totalReports":0}}"#));
    let service = Service::start(&with_vault(&vault, &provider)).await;
    let body = json!({ "observables": [{ "value": "9.9.9.9" }], "providers": ["abuseipdb"] });
    service.call("/v1/ti/lookup", &body).await;
    assert_eq!(provider.seen()[0].header("key"), Some("from the vault"));
    let asked = vault.seen();
    assert_eq!(asked[1].header("authorization"), Some("Bearer t0ken"));
    assert!(url_pairs(&asked[0].body).contains(&("scope".to_owned(), "https://vault.azure.net/.default".to_owned())));
}

#[tokio::test]
async fn a_service_whose_key_does_not_come_says_which_and_does_not_start() {
    let (vault, provider) = (Vendor::start(), Vendor::start());
    vault.says("/contoso.example/oauth2/v2.0/token", Reply::json(TOKEN));
    for (status, words) in [(404, "has no enabled secret"), (403, "does not give the secret (status 403)")] {
        vault.says("/secrets/", Reply::json(r#"{"error":{"code":"Forbidden","message":"t0ken"}}"#).status(status));
        let settings = Settings::from_text(Some(("test.yaml", &with_vault(&vault, &provider))), &[]).unwrap();
        let error = Application::build(settings, providers::ALL.to_vec()).await.err().unwrap().to_string();
        assert!(error.starts_with("providers.abuseipdb.key: the vault") && error.contains(words), "{error}");
        assert!(!error.contains("t0ken"));
    }
}
