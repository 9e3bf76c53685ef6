//! Conversations played against recorded or written answers, for the tests of all sources.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use model::Table;
use serde_json::Value as Json;

use crate::{Answer, Conversation, Gatherer, Question, Request, Source, Trouble};

/// What became of a conversation.
pub(crate) struct Played {
    pub(crate) requests: Vec<Request>,
    pub(crate) tables: Vec<Table>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) ended: Result<(), Trouble>,
    pub(crate) is_truncated: bool,
}

impl Played {
    /// All rows as JSON.
    pub(crate) fn json(&self) -> Json {
        let rows = self.tables.iter().flat_map(|table| {
            let table = serde_json::to_value(table).unwrap();
            table["rows"].as_array().unwrap().clone()
        });
        Json::Array(rows.collect())
    }
}

/// A question without a time or a limit.
pub(crate) fn question(query: &str) -> Question {
    Question {
        query: query.to_owned(),
        span: None,
        max_rows: None,
        place: Vec::new(),
        patience: Duration::from_secs(30),
        run_id: "run".to_owned(),
    }
}

/// Asks, and answers with each of the bodies in turn. The last one answers again and again.
pub(crate) fn play(source: &dyn Source, question: Question, answers: &[(u16, &str)]) -> Played {
    let max_rows = question.max_rows;
    read_all(source.ask(question), answers, max_rows)
}

/// The same for a conversation that has begun.
pub(crate) fn read_all(
    mut conversation: Box<dyn Conversation>,
    answers: &[(u16, &str)],
    max_rows: Option<u64>,
) -> Played {
    let tables = Arc::new(Mutex::new(Vec::new()));
    let handed = Arc::clone(&tables);
    let mut rows = Gatherer::new(
        max_rows,
        Box::new(move |table| {
            handed.lock().unwrap().push(table);
            true
        }),
    );
    let (mut requests, mut ended) = (Vec::new(), Ok(()));
    while let Some(request) = conversation.next() {
        let (status, body) = answers.get(requests.len()).or(answers.last()).copied().unwrap();
        requests.push(request);
        assert!(requests.len() < 50, "it does not end");
        if status >= 300 {
            ended = Err(conversation.refused(status, body.as_bytes()));
            break;
        }
        let mut bytes = body.as_bytes();
        ended = conversation.read(&mut Answer { status, headers: &[], body: &mut bytes }, &mut rows);
        if ended.is_err() {
            break;
        }
    }
    let is_truncated = rows.is_truncated();
    let troubles = rows.finish();
    drop(rows);
    let tables = Arc::into_inner(tables).unwrap().into_inner().unwrap();
    Played { requests, tables, troubles, ended, is_truncated }
}

/// A recorded answer, or `None` with a visible word about it where the recordings are missing.
pub(crate) fn recorded(path: &str) -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures").join(path);
    let text = fs::read_to_string(file).ok();
    if text.is_none() {
        eprintln!("skipped: {path} is not there (the shared folder is missing)");
    }
    text
}
