//! How fast process trees are built: 100,000 events of Windows, with the keys, the paths and the rows of the answer.

use divan::{Bencher, counter::ItemsCount};
use extract::process_tree::{ProcessTree, Schema};
use model::{Rows, Table};

fn main() {
    divan::main();
}

/// Events as the shared ones are: about ten columns, a hundred programs, trees a few levels deep.
fn events(count: usize) -> Table {
    let mut rows = Rows::default();
    for n in 0..count {
        let parent = if n % 7 == 0 { 4 } else { n - n % 7 };
        let row = format!(
            r#"{{"TenantId":"52b1ab41-869e-4138-9e40-2a4457f09bf0","Account":"WORKGROUP\\Host$","EventID":4688,
            "TimeGenerated":"2019-02-{:02}T{:02}:{:02}:{:02}.{:03}Z","Computer":"MSTICAlertsWin1",
            "SubjectUserSid":"S-1-5-18","SubjectUserName":"Host$","SubjectLogonId":"0x3e7","NewProcessId":"{n:#x}",
            "NewProcessName":"C:\\Windows\\System32\\program{}.exe","ProcessId":"{parent:#x}",
            "CommandLine":"\"C:\\Windows\\System32\\program{}.exe\" -Mode:ga -FileName:C:\\WindowsAzure\\{n}.zip",
            "ParentProcessName":"C:\\Windows\\System32\\program{}.exe","TargetLogonId":"0x0"}}"#,
            n / 86_400_000 + 1,
            n / 3_600_000 % 24,
            n / 60_000 % 60,
            n / 1_000 % 60,
            n % 1_000,
            n % 100,
            n % 100,
            parent % 100,
        );
        let _ = rows.read_row(row.as_bytes());
    }
    rows.into_table(None).unwrap_or_default()
}

#[divan::bench(args = [1_000, 100_000])]
fn build(bencher: Bencher, count: usize) {
    let table = events(count);
    bencher.counter(ItemsCount::new(count)).bench(|| {
        Schema::infer(&table).ok().and_then(|schema| ProcessTree::build(divan::black_box(&table), schema).ok())
    });
}

#[divan::bench(args = [1_000, 100_000])]
fn build_and_answer(bencher: Bencher, count: usize) {
    let table = events(count);
    bencher.counter(ItemsCount::new(count)).with_inputs(|| table.clone()).bench_values(|table| {
        let tree = Schema::infer(&table).ok().and_then(|schema| ProcessTree::build(&table, schema).ok())?;
        tree.to_table(table, tree.in_order()).ok()
    });
}
