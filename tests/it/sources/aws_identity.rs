//! A bucket of Amazon S3 that is asked as the platform says that the service runs on: with temporary keys of its role.

use std::fs;

use serde_json::{Value, json};
use tests::{
    objects::{ObjectServer, Protocol},
    service::{QUIET, Service, client, json as read},
    vendor::{Reply, Vendor},
};

/// What must never show.
const SECRETS: [&str; 3] = ["wJalrTEMPORARY", "SessionOfTheRole", "TokenOfTheCluster"];

const KEYS: &str = r#"{"Code":"Success","AccessKeyId":"ASIATEMP","SecretAccessKey":"wJalrTEMPORARY","Token":"SessionOfTheRole",
    "Expiration":"2099-01-01T00:00:00Z"}"#;

/// A service over a bucket with one event, which it may only read by a role.
async fn service(store: &ObjectServer, identity: &str) -> Service {
    store.put("logs/Signins/a.ndjson", "{\"Account\":\"eve\"}\n");
    let base = store.base();
    let source = format!("kind: local, path: 's3://soc/logs', region: eu-central-1, base_url: '{base}', {identity}");
    Service::start(&format!("{QUIET}sources: {{ lake: {{ {source} }} }}\n")).await
}

async fn count(service: &Service) -> Value {
    let body = json!({ "query": "Signins | count", "deadline_ms": 20_000 });
    let request = client().post(format!("{}/v1/sources/lake/query", service.base())).json(&body);
    let (_, answer) = read(request.send().await.unwrap()).await;
    let told = answer.to_string();
    assert!(SECRETS.iter().all(|secret| !told.contains(secret)), "{answer:#}");
    answer
}

fn is_signed_by_the_role(store: &ObjectServer) {
    let asked = store.asked();
    assert!(asked.len() >= 2, "a list and an object: {asked:?}");
    for asked in asked {
        assert!(asked.authorization.starts_with("AWS4-HMAC-SHA256 Credential=ASIATEMP/"), "{asked:?}");
        assert!(asked.authorization.contains("x-amz-security-token"), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_gives_the_keys_of_its_role_to_whoever_has_its_token() {
    let (store, machine) = (ObjectServer::start(Protocol::S3, "soc"), Vendor::start());
    machine.says("/latest/api/token", Reply::json("machine-token"));
    machine.says("/latest/meta-data/iam/security-credentials/", Reply::json("soc-role"));
    machine.says("/latest/meta-data/iam/security-credentials/soc-role", Reply::json(KEYS));
    let service = service(&store, &format!("identity: instance, identity_endpoint: '{}'", machine.base())).await;
    for _ in 0..2 {
        assert_eq!(count(&service).await["rows"], json!([{ "Count": 1 }]));
    }
    is_signed_by_the_role(&store);
    let seen = machine.seen();
    assert_eq!(seen.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["PUT", "GET", "GET"]);
    assert!(seen[1..].iter().all(|seen| seen.header("x-aws-ec2-metadata-token") == Some("machine-token")), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_get_keys_from_their_agent() {
    let (store, agent, folder) =
        (ObjectServer::start(Protocol::S3, "soc"), Vendor::start(), tempfile::tempdir().unwrap());
    agent.says("/v2/credentials/soc", Reply::json(KEYS));
    let endpoint = format!("identity: container, identity_endpoint: '{}/v2/credentials/soc'", agent.base());
    let token_file = folder.path().join("token");
    fs::write(&token_file, "TokenOfTheCluster").unwrap();
    for (more, shown) in [("", None), (&*format!(", token_file: {token_file:?}"), Some("TokenOfTheCluster"))] {
        let service = service(&store, &format!("{endpoint}{more}")).await;
        assert_eq!(count(&service).await["rows"], json!([{ "Count": 1 }]));
        is_signed_by_the_role(&store);
        assert_eq!(agent.seen().last().unwrap().header("authorization"), shown);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sts_gives_keys_for_the_token_of_the_cluster() {
    let (store, sts, folder) =
        (ObjectServer::start(Protocol::S3, "soc"), Vendor::start(), tempfile::tempdir().unwrap());
    let keys = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
                <AccessKeyId>ASIATEMP</AccessKeyId><SecretAccessKey>wJalrTEMPORARY</SecretAccessKey>\
                <SessionToken>SessionOfTheRole</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
                </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    sts.says("/", Reply::json(keys));
    let token_file = folder.path().join("token");
    fs::write(&token_file, "TokenOfTheCluster").unwrap();
    let role = "arn:aws:iam::123456789012:role/soc";
    let identity = format!(
        "identity: web_identity, role_arn: '{role}', token_file: {token_file:?}, identity_endpoint: '{}'",
        sts.base()
    );
    let service = service(&store, &identity).await;
    assert_eq!(count(&service).await["rows"], json!([{ "Count": 1 }]));
    is_signed_by_the_role(&store);
    let asked = &sts.seen()[0].target;
    assert!(asked.contains("AssumeRoleWithWebIdentity") && asked.contains("TokenOfTheCluster"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_no_keys_is_told_so() {
    let (store, platform, folder) =
        (ObjectServer::start(Protocol::S3, "soc"), Vendor::start(), tempfile::tempdir().unwrap());
    let token_file = folder.path().join("token");
    let refused = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform \
                   sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";
    platform.says("/sts", Reply::json(refused).status(403));
    let base = platform.base();
    let by_token = format!(
        "identity: web_identity, role_arn: 'arn:aws:iam::1:role/soc', token_file: {token_file:?}, identity_endpoint: '{base}/sts'"
    );
    for (identity, written, words) in [
        (format!("identity: instance, identity_endpoint: '{base}'"), false, "the platform gave no keys (status 404)"),
        (by_token.clone(), false, "the token file of the settings can't be read"),
        (by_token, true, "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ] {
        if written {
            fs::write(&token_file, "TokenOfTheCluster").unwrap();
        }
        let service = service(&store, &identity).await;
        let answer = count(&service).await;
        let error = &answer["partial_errors"][0];
        assert_eq!((&error["outcome"], error["message"].as_str()), (&json!("unauthorized"), Some(words)), "{answer:#}");
    }
    assert_eq!(store.asked(), []);
}
