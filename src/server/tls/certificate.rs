//! What a certificate says (RFC 5280). What cannot be read still has its fingerprints.

use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use x509_parser::{
    oid_registry::Oid,
    prelude::{FromDer as _, GeneralName, X509Certificate},
    public_key::PublicKey,
    time::ASN1Time,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

/// Names of one certificate that are told.
const MAX_NAMES: usize = 1_000;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Certificate {
    /// SHA-1 of the certificate, as lists of bad ones have it.
    pub sha1: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// What it says, if it can be read.
    #[serde(flatten)]
    #[schema(nullable = false)]
    pub details: Option<Details>,
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CertificateDetails)]
pub struct Details {
    /// Whose it is.
    #[schema(required = false, example = "CN=contoso.com")]
    pub subject: String,
    /// Who vouches for it.
    #[schema(required = false)]
    pub issuer: String,
    /// The subject's common name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub common_name: Option<String>,
    /// The names that it is for.
    #[schema(required = false)]
    pub dns_names: Vec<String>,
    /// The addresses that it is for.
    #[schema(required = false, value_type = Vec<String>)]
    pub ip_addresses: Vec<IpAddr>,
    /// When it begins to be valid.
    #[schema(required = false, format = DateTime)]
    pub not_before: String,
    /// When it ceases to be valid.
    #[schema(required = false, format = DateTime)]
    pub not_after: String,
    /// Whether its time is over.
    #[schema(required = false)]
    pub is_expired: bool,
    /// Whether its time has not come.
    #[schema(required = false)]
    pub is_not_yet_valid: bool,
    /// Its number with the issuer, hexadecimal.
    #[schema(required = false)]
    pub serial_number: String,
    /// Version of X.509.
    #[schema(required = false, example = 3)]
    pub version: u32,
    /// The kind of its key: rsa, ec, ed25519, or the number of its algorithm.
    #[schema(required = false, example = "rsa")]
    pub key_type: String,
    /// The size of the key in bits; 0 when it is not known.
    #[schema(required = false, example = 2048)]
    pub key_bits: usize,
    /// How it is signed: a name, or the number of the algorithm.
    #[schema(required = false, example = "sha256WithRSAEncryption")]
    pub signature_algorithm: String,
    /// Whether it may vouch for others.
    #[schema(required = false)]
    pub is_ca: bool,
    /// Whether subject and issuer are the same.
    #[schema(required = false)]
    pub is_self_signed: bool,
}

impl Certificate {
    /// Reads a certificate, DER. `now` decides whether it is in its time.
    pub fn read(der: &[u8], now: DateTime<Utc>) -> Self {
        Self {
            sha1: sha1_smol::Sha1::from(der).digest().to_string(),
            sha256: hex::encode(Sha256::digest(der)),
            details: X509Certificate::from_der(der).ok().map(|(_, certificate)| Details::of(&certificate, now)),
        }
    }
}

impl Details {
    fn of(certificate: &X509Certificate<'_>, now: DateTime<Utc>) -> Self {
        let subject = certificate.subject();
        let validity = certificate.validity();
        let (mut dns_names, mut ip_addresses) = (Vec::new(), Vec::new());
        // A certificate that has the extension twice is no reason to tell nothing.
        let names =
            certificate.subject_alternative_name().ok().flatten().map(|extension| &extension.value.general_names);
        for name in names.into_iter().flatten().take(MAX_NAMES) {
            match name {
                GeneralName::DNSName(name) => dns_names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => ip_addresses.extend(address(bytes)),
                _ => {}
            }
        }
        let (key_type, key_bits) = key(certificate.public_key());
        let common_name = subject.iter_common_name().next().and_then(|name| name.as_str().ok());
        Self {
            subject: subject.to_string(),
            issuer: certificate.issuer().to_string(),
            common_name: common_name.map(str::to_owned),
            dns_names,
            ip_addresses,
            not_before: instant(validity.not_before),
            not_after: instant(validity.not_after),
            is_expired: validity.not_after.timestamp() < now.timestamp(),
            is_not_yet_valid: validity.not_before.timestamp() > now.timestamp(),
            serial_number: hex::encode(certificate.raw_serial()),
            version: certificate.version().0.saturating_add(1),
            key_type,
            key_bits,
            signature_algorithm: algorithm(&certificate.signature_algorithm),
            is_ca: certificate.is_ca(),
            is_self_signed: subject.as_raw() == certificate.issuer().as_raw(),
        }
    }
}

fn instant(time: ASN1Time) -> String {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn algorithm(identifier: &AlgorithmIdentifier<'_>) -> String {
    let registry = x509_parser::objects::oid_registry();
    let name = x509_parser::objects::oid2sn(&identifier.algorithm, registry);
    name.map_or_else(|_| identifier.algorithm.to_id_string(), str::to_owned)
}

/// Kind and size of a key.
fn key(info: &SubjectPublicKeyInfo<'_>) -> (String, usize) {
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => ("rsa".to_owned(), bits(rsa.modulus)),
        Ok(PublicKey::EC(point)) => ("ec".to_owned(), curve_bits(info).unwrap_or_else(|| point.key_size())),
        _ => match info.algorithm.algorithm.to_id_string().as_str() {
            // RFC 8410, 3.
            "1.3.101.112" => ("ed25519".to_owned(), 256),
            "1.3.101.113" => ("ed448".to_owned(), 456),
            other => (other.to_owned(), 0),
        },
    }
}

/// Bits of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let significant = number.iter().position(|byte| *byte != 0).and_then(|place| number.get(place..));
    significant.and_then(|rest| Some(rest.len() * 8 - rest.first()?.leading_zeros() as usize)).unwrap_or_default()
}

/// The size of a named curve (RFC 5480, 2.1.1.1): its points are longer where it is no multiple of eight.
fn curve_bits(info: &SubjectPublicKeyInfo<'_>) -> Option<usize> {
    let curve: Oid<'_> = info.algorithm.parameters.as_ref()?.as_oid().ok()?;
    match curve.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => Some(256),
        "1.3.132.0.34" => Some(384),
        "1.3.132.0.35" => Some(521),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    fn params() -> CertificateParams {
        let mut params = CertificateParams::new(["contoso.com".to_owned(), "192.0.2.7".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "contoso.com");
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2026, 3, 4);
        params.serial_number = Some(vec![0x01, 0xfe].into());
        params
    }

    fn details(params: &CertificateParams, key: &KeyPair, now: DateTime<Utc>) -> Details {
        Certificate::read(params.self_signed(key).unwrap().der(), now).details.unwrap()
    }

    #[test]
    fn a_certificate_says_whose_it_is_and_when() {
        let details = details(&params(), &KeyPair::generate().unwrap(), now());
        assert!(details.subject.contains("CN=contoso.com") && details.issuer == details.subject);
        assert_eq!(details.common_name.as_deref(), Some("contoso.com"));
        assert_eq!(details.dns_names, ["contoso.com"]);
        assert_eq!(details.ip_addresses, ["192.0.2.7".parse::<IpAddr>().unwrap()]);
        assert_eq!((&*details.not_before, &*details.not_after), ("2026-01-02T00:00:00Z", "2026-03-04T00:00:00Z"));
        assert_eq!((details.is_expired, details.is_not_yet_valid, details.is_self_signed), (true, false, true));
        assert_eq!((&*details.serial_number, details.version), ("01fe", 3));
        assert_eq!((&*details.key_type, details.key_bits), ("ec", 256));
        assert_eq!(details.signature_algorithm, "ecdsa-with-SHA256");
    }

    #[test]
    fn the_time_is_judged_by_the_clock_that_is_given() {
        let key = KeyPair::generate().unwrap();
        for (now, expired, early) in [
            ("2025-12-31T00:00:00Z", false, true),
            ("2026-02-01T00:00:00Z", false, false),
            ("2027-01-01T00:00:00Z", true, false),
        ] {
            let details = details(&params(), &key, now.parse().unwrap());
            assert_eq!((details.is_expired, details.is_not_yet_valid), (expired, early), "{now}");
        }
    }

    #[test]
    fn keys_are_told_by_kind_and_size() {
        let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        for (key, kind, size) in [(p384, "ec", 384), (ed25519, "ed25519", 256)] {
            let details = details(&params(), &key, now());
            assert_eq!((&*details.key_type, details.key_bits), (kind, size));
        }
        assert_eq!([bits(&[0, 0x80, 0]), bits(&[1]), bits(&[0]), bits(&[])], [16, 1, 0, 0]);
    }

    #[test]
    fn what_cannot_be_read_has_fingerprints() {
        let certificate = Certificate::read(b"abc", now());
        assert_eq!(certificate.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(certificate.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(certificate.details, None);
    }

    proptest! {
        #[test]
        fn no_damage_does_any(place in 0_usize..400, byte: u8, cut in 0_usize..600) {
            let key = KeyPair::generate().unwrap();
            let mut der = params().self_signed(&key).unwrap().der().to_vec();
            if let Some(target) = der.get_mut(place) {
                *target = byte;
            }
            der.truncate(cut);
            Certificate::read(&der, now());
        }
    }
}
