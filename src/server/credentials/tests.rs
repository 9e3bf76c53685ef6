//! What issuers are asked, and what is made of what they answer; over the network in `tests/it/credentials.rs`.

use std::process::Command;

use super::*;
use crate::{
    settings::SigningAlgorithm,
    upstream::{HeaderMap, Received, StatusCode},
};

fn received(status: u16, body: &str) -> Received {
    Received {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
        attempts: 1,
    }
}

#[test]
fn a_token_holds_for_as_long_as_its_issuer_says_in_whatever_form() {
    for (body, seconds) in [
        (r#"{"access_token":"t","expires_in":3599,"token_type":"Bearer"}"#, 3599),
        (r#"{"access_token":"t","expires_in":"86399","expires_on":"1700000000"}"#, 86399),
        (r#"{"access_token":"t","expires_on":"1700000000"}"#, 0),
        (r#"{"access_token":"t"}"#, 300),
    ] {
        assert_eq!(entra::read(&received(200, body)).unwrap().lifetime.as_secs(), seconds, "{body}");
    }
}

#[test]
fn an_issuer_who_refuses_says_why_in_one_line() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1","error_codes":[7000215]}"#;
    let expected = "invalid_client: AADSTS7000215: Invalid client secret provided.";
    assert_eq!(entra::read(&received(401, body)).err(), Some(CredentialError::Refused(expected.to_owned())));
    for (status, body) in [(500, body), (200, "{}"), (200, "<html>"), (400, "[1]")] {
        assert_eq!(entra::read(&received(status, body)).err(), Some(CredentialError::NoToken(status)), "{body}");
    }
}

/// A certificate with its key, made by OpenSSL, which most machines have.
fn certificate() -> Option<Secret> {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=pivotd", "-days", "2"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder.path())
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: openssl is not installed");
        return None;
    }
    let text = |name| std::fs::read_to_string(folder.path().join(name)).unwrap();
    Some(Secret::new(text("certificate.pem") + &text("key.pem")))
}

#[test]
fn an_assertion_is_signed_by_the_certificate_that_it_names() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    use sha2::{Digest as _, Sha256};

    let Some(pem) = certificate() else { return };
    let der = CertificateDer::from_pem_slice(pem.expose().as_bytes()).unwrap();
    let parsed = x509_parser::parse_x509_certificate(&der).unwrap().1;
    let public_key = DecodingKey::from_rsa_der(&parsed.public_key().subject_public_key.data);
    for (algorithm, expected, send_chain) in
        [(SigningAlgorithm::Ps256, Algorithm::PS256, false), (SigningAlgorithm::Rs256, Algorithm::RS256, true)]
    {
        let signer = Signer::new(&pem, None, algorithm, send_chain).unwrap();
        let assertion = signer.assertion("app", "https://login.example/t", std::time::SystemTime::now()).unwrap();
        let header = decode_header(&assertion).unwrap();
        assert_eq!(header.x5t_s256.unwrap(), URL_SAFE_NO_PAD.encode(Sha256::digest(&der)));
        assert_eq!(header.x5c.is_some(), send_chain);
        let mut validation = Validation::new(expected);
        validation.set_audience(&["https://login.example/t"]);
        let claims = decode::<serde_json::Value>(&assertion, &public_key, &validation).unwrap().claims;
        assert_eq!((&claims["iss"], &claims["sub"]), (&"app".into(), &"app".into()));
    }
}

#[test]
fn what_is_no_certificate_with_its_key_is_refused_when_it_is_read() {
    let signer = |text: &str| Signer::new(&Secret::new(text), None, SigningAlgorithm::Ps256, false).err();
    assert_eq!(signer("x"), Some(SignerError::NoCertificate));
    let Some(pem) = certificate() else { return };
    let (only, _) = pem.expose().split_once("-----BEGIN PRIVATE KEY").unwrap();
    assert_eq!(signer(only), Some(SignerError::NoKey));
}
