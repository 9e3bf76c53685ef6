//! What stands in the shared data: `golden/iocs/<file>` lists it, checked by hand.

use std::{fs, path::Path};

use super::super::{Options, extract_iocs};

#[test]
fn the_shared_data_holds_what_the_golden_files_say() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = here.join("../../../shared/data");
    if !shared.is_dir() {
        eprintln!("skipped: the shared data is not here");
        return;
    }
    let golden = here.join("golden/iocs");
    for file in fs::read_dir(golden).unwrap().map(|file| file.unwrap().path()) {
        let text = fs::read_to_string(shared.join(file.file_name().unwrap())).unwrap();
        let mut lines: Vec<_> = extract_iocs(&text, &Options::default())
            .iter()
            .map(|ioc| format!("{} {} {}\n", ioc.kind, ioc.canonical, ioc.count))
            .collect();
        lines.sort();
        let found = lines.concat();
        assert_eq!(found, fs::read_to_string(&file).unwrap(), "{}", file.display());
    }
}
