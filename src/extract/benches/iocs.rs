//! How fast indicators are found: in the shared data, in text with nothing to find, and in hostile text.

use std::{fs, path::Path};

use divan::{Bencher, counter::BytesCount};
use extract::{Kinds, Options, extract_iocs};

const FILES: &[&str] = &[
    "AWS_Honeybucket_Logs.txt",
    "AzureNetworkAnalytics_CL.ndjson",
    "DeviceProcessEvents.ndjson",
    "SecurityEvent_processes.ndjson",
    "SigninLogs.ndjson",
    "auditd_log.txt",
    "az_net_flows.csv",
    "demo_exchange_data.csv",
    "mordor_cache.json",
    "osqueryd.results.log",
    "process_tree_linux.ndjson",
    "syslog_data.csv",
];

const HOSTILE: &[&str] = &["a.a.", "[[[[", "::::", "////", "http://", "a@a.", "0123456789abcdef", "\\\\.\\"];

fn main() {
    divan::main();
}

fn extract(bencher: Bencher, text: &str, kinds: Kinds) {
    let options = Options { kinds, ..Options::default() };
    bencher.counter(BytesCount::of_str(text)).bench(|| extract_iocs(divan::black_box(text), &options));
}

/// A shared file, if this is a place that has them.
fn shared(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    fs::read_to_string(folder.join(file)).unwrap_or_default()
}

#[divan::bench(args = FILES)]
fn all_kinds(bencher: Bencher, file: &str) {
    extract(bencher, &shared(file), Kinds::all());
}

#[divan::bench(args = FILES)]
fn all_but_paths(bencher: Bencher, file: &str) {
    extract(bencher, &shared(file), Kinds::default());
}

#[divan::bench]
fn prose(bencher: Bencher) {
    extract(
        bencher,
        &"Nothing to be found in these words, however often one reads them. ".repeat(16 * 1024),
        Kinds::all(),
    );
}

#[divan::bench(args = HOSTILE)]
fn hostile(bencher: Bencher, unit: &str) {
    extract(bencher, &unit.repeat((1 << 20) / unit.len()), Kinds::all());
}
