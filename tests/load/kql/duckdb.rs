//! DuckDB, in a Python of its own that answers one question after another.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::Context;
use serde_json::{Value, json};

use super::{Answer, MEMORY, THREADS};

/// The process.
pub struct DuckDb {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl DuckDb {
    /// Starts it on the tables of a folder, with as many threads and as much memory as the engine has.
    pub fn start(python: &str, folder: &Path) -> anyhow::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracles/duckdb_queries.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(folder)
            .args([THREADS.to_string(), MEMORY.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self { child, input, output })
    }

    /// Asks in `sql` or `kql`: seconds and answer; nothing if it can't answer that.
    pub fn ask(&mut self, language: &str, query: &str) -> anyhow::Result<Option<(f64, Answer)>> {
        writeln!(self.input, "{}", json!({ "language": language, "query": query }))?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let (Some(seconds), Some(rows), Some(sum)) =
            (said["seconds"].as_f64(), said["rows"].as_u64(), said["sum"].as_f64())
        else {
            return Ok(None);
        };
        Ok(Some((seconds, Answer { rows: usize::try_from(rows)?, sum })))
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
