//! Advanced hunting in Microsoft Defender: by Defender's own API, and by Microsoft Graph.
//!
//! <https://learn.microsoft.com/defender-endpoint/api/run-advanced-query-api>
//! <https://learn.microsoft.com/graph/api/security-security-runhuntingquery>

use std::time::Duration;

use serde_json::json;

use crate::{
    Access, Answer, Conversation, Endpoint, Facts, Gatherer, Question, Request, Source, Trouble, TroubleKind, source,
    tabular::{self, Spelling},
    types,
};

/// The services give an answer at most so many rows.
const MOST_ROWS: u64 = 100_000;

const LONGEST: Duration = Duration::from_mins(3);

static SPELLING: Spelling = Spelling {
    columns: &["Schema", "schema"],
    column: &[("Name", "Type"), ("name", "type")],
    rows: &["Results", "results"],
    tables: &[],
    kind: types::of_kusto,
    is_wanted: |_| true,
};

/// Defender's own API.
pub(crate) struct Defender;

/// Microsoft Graph.
pub(crate) struct GraphHunting;

impl Source for Defender {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "defender",
            title: "Microsoft Defender advanced hunting",
            environments: &["MDE", "M365D"],
            endpoint: Endpoint::Defender,
            access: &[Access::Entra],
            // 45 calls a minute and 1,500 an hour.
            budgets: &[(45, 60), (1_500, 3_600)],
            longest: LONGEST,
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        // This API takes no time beside the text.
        Box::new(Hunt { question: Question { span: None, ..question }, path: "/api/advancedqueries/run", is_asked: false })
    }
}

impl Source for GraphHunting {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "graph_hunting",
            title: "Microsoft Graph advanced hunting",
            environments: &["M365DGraph", "M365D", "MDE"],
            endpoint: Endpoint::Graph,
            access: &[Access::Entra],
            budgets: &[(45, 60)],
            longest: LONGEST,
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Hunt { question, path: "/v1.0/security/runHuntingQuery", is_asked: false })
    }
}

struct Hunt {
    question: Question,
    path: &'static str,
    is_asked: bool,
}

impl Conversation for Hunt {
    fn next(&mut self) -> Option<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return None;
        }
        let mut body = json!({ "Query": self.question.query });
        if let (Some(span), Some(body)) = (&self.question.span, body.as_object_mut()) {
            body.insert("Timespan".to_owned(), source::iso_interval(span).into());
        }
        Some(Request::post(self.path).json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let before = rows.left();
        let beside = tabular::read(answer.body, &SPELLING, rows)?;
        if before.saturating_sub(rows.left()) >= MOST_ROWS && !rows.is_full() {
            let words = format!("the service gives at most {MOST_ROWS} rows: there may be more");
            rows.trouble(Trouble::new(TroubleKind::Incomplete, words));
        }
        match beside.members.get("error") {
            Some(error) => {
                let (code, words) = crate::trouble::said(error);
                Err(Trouble::new(TroubleKind::Failed, words.unwrap_or_default()).code(code))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Span;

    use super::*;
    use crate::{
        Body,
        testing::{play, question},
    };

    #[test]
    fn rows_have_the_types_of_the_schema() {
        let own = r#"{"Stats":{"ExecutionTime":0.4},"Schema":[{"Name":"Timestamp","Type":"DateTime"},{"Name":"FileName","Type":
            "String"},{"Name":"Id","Type":"Int64"},{"Name":"IsX","Type":"SByte"},{"Name":"More","Type":"Object"}],"Results":
            [{"Timestamp":"2020-02-05T01:10:26.2648757Z","FileName":"a.exe","Id":5,"IsX":1,"More":{"a":[1]},"Alien":1},
            {"FileName":"b.exe"}]}"#;
        let graph = own.replace("Schema", "schema").replace("Results", "results").replace("\"Name\"", "\"name\"").replace("\"Type\"", "\"type\"");
        for (source, body) in [(&Defender as &dyn Source, own), (&GraphHunting, &graph)] {
            let played = play(source, question("DeviceEvents"), &[(200, body)]);
            assert_eq!(
                played.json(),
                json!([
                    { "Timestamp": "2020-02-05T01:10:26.2648757Z", "FileName": "a.exe", "Id": 5, "IsX": true, "More": { "a": [1] } },
                    { "Timestamp": null, "FileName": "b.exe", "Id": null, "IsX": null, "More": null },
                ])
            );
            assert!(played.troubles.is_empty() && played.ended.is_ok());
        }
    }

    #[test]
    fn only_graph_takes_a_time_beside_the_text() {
        let mut question = question("T");
        let (start, end) = ("2024-05-01T00:00:00Z".parse().unwrap(), "2024-05-02T00:00:00Z".parse().unwrap());
        question.span = Some(Span::between(start, end).unwrap());
        let own = Defender.ask(question.clone()).next().unwrap();
        assert_eq!((own.path.as_str(), own.body), ("/api/advancedqueries/run", Body::Json(json!({ "Query": "T" }))));
        let graph = GraphHunting.ask(question).next().unwrap();
        assert_eq!(graph.path, "/v1.0/security/runHuntingQuery");
        let expected = json!({ "Query": "T", "Timespan": "2024-05-01T00:00:00Z/2024-05-02T00:00:00Z" });
        assert_eq!(graph.body, Body::Json(expected));
    }

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let body = r#"{"Schema":[{"Name":"Timestamp","Type":"DateTime"}],"Results":[]}"#;
        let played = play(&Defender, question("T"), &[(200, body)]);
        assert_eq!((played.json(), played.tables[0].columns().len()), (json!([]), 1));
    }
}
