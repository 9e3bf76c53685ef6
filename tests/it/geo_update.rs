//! Downloads of geolocation databases from a publisher on loopback.

use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use server::{
    geo::{UpdateError, Updater},
    settings::Settings,
    upstream::Upstream,
};
use sha2::{Digest as _, Sha256};
use tests::{
    service::{QUIET, Service, json as read},
    vendor::{Manner, Reply, Vendor},
};

const EDITION: &str = "GeoLite2-City";
const CHECKSUM: &str = "/geoip/databases/GeoLite2-City/download?suffix=tar.gz.sha256";
const ARCHIVE: &str = "/geoip/databases/GeoLite2-City/download?suffix=tar.gz";

/// A database that is one: the smallest that the service brings along.
fn database() -> Vec<u8> {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/server/geo/bundled/country.mmdb.zst");
    zstd::decode_all(std::fs::File::open(bundled).unwrap()).unwrap()
}

fn archive(database: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in [
        ("GeoLite2-City_20260101/LICENSE.txt", &b"licence"[..]),
        ("GeoLite2-City_20260101/GeoLite2-City.mmdb", database),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn publishes(vendor: &Vendor, archive: Vec<u8>) {
    let digest = hex::encode(Sha256::digest(&archive));
    vendor.says(
        CHECKSUM,
        Reply::json(format!("{digest}  GeoLite2-City_20260101.tar.gz\n")).header("content-type", "text/plain"),
    );
    vendor.says(ARCHIVE, Reply::json("").header("content-type", "application/gzip").body(archive));
}

fn settings(vendor: &Vendor, folder: &Path) -> String {
    format!(
        "{QUIET}geo: {{ update: {{ account_id: \"7\", key: s3cret, editions: [{EDITION}], folder: {folder:?}, base_url: \"{}\" }} }}\n",
        vendor.base()
    )
}

fn updater(vendor: &Vendor, folder: &Path) -> Updater {
    let settings = Settings::from_text(Some(("test.yaml", &settings(vendor, folder))), &[]).unwrap();
    let upstream = Upstream::new(&settings.egress, &settings.dns).unwrap();
    Updater::new(settings.geo.update.unwrap(), upstream)
}

async fn databases(service: &Service) -> Vec<Value> {
    let (_, answer) = read(service.get("/v1/geo/databases").send().await.unwrap()).await;
    answer["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_downloaded_database_answers_before_the_bundled_ones_and_after_a_restart() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    publishes(&vendor, archive(&database()));
    let service = Service::start(&settings(&vendor, folder.path())).await;
    while databases(&service).await.len() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(databases(&service).await[0]["bundled"], false);
    let seen = vendor.seen();
    assert!(seen.iter().all(|call| call.header("authorization") == Some("Basic NzpzM2NyZXQ=")), "{seen:?}");
    service.stop().await;

    let calls = vendor.calls();
    let service = Service::start(&settings(&vendor, folder.path())).await;
    assert_eq!(databases(&service).await.len(), 3, "the copy is there at once");
    assert_eq!(vendor.calls(), calls, "and is young enough");
}

#[tokio::test]
async fn what_has_not_changed_is_not_downloaded_again() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    publishes(&vendor, archive(&database()));
    let updater = updater(&vendor, folder.path());
    assert!(updater.refresh(EDITION).await.unwrap());
    assert!(!updater.refresh(EDITION).await.unwrap());
    assert_eq!(vendor.calls(), 3, "two checksums and one archive");
}

#[tokio::test]
async fn whatever_fails_the_copy_that_is_there_stands() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    let updater = updater(&vendor, folder.path());
    publishes(&vendor, archive(&database()));
    updater.refresh(EDITION).await.unwrap();
    let copy = folder.path().join("GeoLite2-City.mmdb");
    let good = std::fs::read(&copy).unwrap();

    let other = archive(b"no database");
    publishes(&vendor, other.clone());
    assert!(matches!(updater.refresh(EDITION).await, Err(UpdateError::NoDatabase)));

    vendor.says(ARCHIVE, Reply::json("").body(archive(&good)));
    vendor.says(CHECKSUM, Reply::json("00".repeat(32)).header("content-type", "text/plain"));
    assert!(matches!(updater.refresh(EDITION).await, Err(UpdateError::WrongChecksum)));

    publishes(&vendor, other.clone());
    vendor.says(ARCHIVE, Reply::json("").body(other[..other.len() / 2].to_vec()));
    assert!(matches!(updater.refresh(EDITION).await, Err(UpdateError::WrongChecksum)), "shorter than published");
    vendor.says(ARCHIVE, Reply::json("").body(other).manner(Manner::Truncated));
    assert!(matches!(updater.refresh(EDITION).await, Err(UpdateError::Send(_))), "cut off");
    publishes(&vendor, archive(&good)[..100].to_vec());
    assert!(matches!(updater.refresh(EDITION).await, Err(UpdateError::Damaged)), "published as half an archive");

    for (status, expected) in [(401, "refused"), (403, "refused"), (429, "limit"), (404, "status 404")] {
        vendor.says(CHECKSUM, Reply::json("{}").status(status));
        let error = updater.refresh(EDITION).await.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("s3cret"), "{status}: {error}");
    }
    vendor.says(CHECKSUM, Reply::json("<html>").header("content-type", "text/plain"));
    assert!(matches!(updater.refresh(EDITION).await, Err(UpdateError::NoChecksum)));

    assert_eq!(std::fs::read(&copy).unwrap(), good);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left behind: {names:?}");
}
