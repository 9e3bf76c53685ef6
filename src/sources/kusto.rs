//! Azure Data Explorer (Kusto), and whatever speaks its protocol: frames of tables, with errors among rows and at the end.
//!
//! <https://learn.microsoft.com/kusto/api/rest/response-v2>

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind,
    gather::spec,
    source,
    tabular::{self, Spelling, one_api_error},
    types,
};

const LONGEST: Duration = Duration::from_hours(1);

static SPELLING: Spelling = Spelling {
    columns: &["Columns"],
    column: &[("ColumnName", "ColumnType"), ("ColumnName", "DataType")],
    rows: &["Rows"],
    tables: &["Tables"],
    kind: types::of_kusto,
    is_wanted,
};

/// Of the tables of version 2, the first that holds what was asked for; of version 1, the first.
fn is_wanted(members: &Map<String, Json>) -> bool {
    members.get("TableKind").is_none_or(|kind| kind == "PrimaryResult")
}

/// See the file.
pub(crate) struct Kusto;

impl Source for Kusto {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "kusto",
            title: "Azure Data Explorer",
            environments: &["Kusto"],
            access: &[Access::Entra, Access::Key("authorization", "Bearer"), Access::Open],
            place: Some(Place { key: "database", required: true, several: false }),
            origin_column: "cluster",
            longest: LONGEST,
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Query { question, is_asked: false })
    }

    fn ask_for_schema(&self, place: Vec<String>) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Schema { database: place.into_iter().next().unwrap_or_default(), is_asked: false }))
    }
}

struct Query {
    question: Question,
    is_asked: bool,
}

impl Conversation for Query {
    fn next(&mut self) -> Option<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return None;
        }
        let seconds = self.question.patience.min(LONGEST).as_secs().max(1);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let body = json!({
            "db": self.question.first_place(),
            "csl": self.question.query,
            "properties": { "Options": {
                "servertimeout": format!("{hours:02}:{minutes:02}:{seconds:02}"),
                "results_progressive_enabled": false,
            } },
        });
        let request = Request::post("/v2/rest/query").json(body);
        Some(request.header("x-ms-client-request-id", client_request(&self.question.run_id)))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let beside = tabular::read(answer.body, &SPELLING, rows)?;
        for frame in std::iter::once(&beside.members).chain(&beside.tables) {
            let errors = frame.get("OneApiErrors").or_else(|| frame.get("Exceptions"));
            for error in errors.and_then(Json::as_array).into_iter().flatten() {
                let trouble = error.as_str().map(|text| Trouble::new(TroubleKind::Incomplete, text));
                rows.trouble(trouble.unwrap_or_else(|| one_api_error(error)));
            }
            if frame.get("Cancelled") == Some(&Json::Bool(true)) {
                rows.trouble(Trouble::new(TroubleKind::Incomplete, "the query was cancelled at the source"));
            }
        }
        Ok(())
    }

    fn cancel(&self) -> Option<Request> {
        let text = format!(".cancel query '{}'", client_request(&self.question.run_id));
        let body = json!({ "db": self.question.first_place(), "csl": text });
        self.is_asked.then(|| Request::post("/v1/rest/mgmt").json(body))
    }
}

/// The name of a run at the source.
fn client_request(run_id: &str) -> String {
    let plain: String = run_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("pivotd.query;{plain}")
}

/// Tables and columns of a database.
struct Schema {
    database: String,
    is_asked: bool,
}

impl Conversation for Schema {
    fn next(&mut self) -> Option<Request> {
        let body = json!({ "db": self.database, "csl": ".show database schema" });
        (!std::mem::replace(&mut self.is_asked, true)).then(|| Request::post("/v1/rest/mgmt").json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        let table = body.pointer("/Tables/0").ok_or_else(Trouble::unreadable)?;
        let columns = table.get("Columns").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
        let place = |name: &str| columns.iter().position(|column| column.get("ColumnName").is_some_and(|known| known == name));
        let (Some(of_table), Some(of_column), Some(of_type)) =
            (place("TableName"), place("ColumnName"), place("ColumnType"))
        else {
            return Err(Trouble::unreadable());
        };
        let lines = table.get("Rows").and_then(Json::as_array).into_iter().flatten();
        let listed = lines.filter_map(|row| {
            let text = |place: usize| row.get(place)?.as_str().filter(|text| !text.is_empty());
            Some((text(of_table)?, spec(text(of_column)?, types::of_kusto(text(of_type)?))))
        });
        source::list_columns(listed, rows);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body,
        testing::{Played, play, question, read_all, recorded},
    };

    fn asked(body: &str) -> Played {
        let mut question = question("T");
        question.place = vec!["Samples".to_owned()];
        play(&Kusto, question, &[(200, body)])
    }

    #[test]
    fn the_answer_that_was_recorded_is_read() {
        let Some(body) = recorded("apis/kusto_raw_resp.json") else { return };
        let played = asked(&body);
        assert!(played.ended.is_ok() && played.troubles.is_empty(), "{:?}", played.troubles);
        let frames: Json = serde_json::from_str(&body).unwrap();
        let frame = frames.as_array().unwrap().iter().find(|frame| frame["TableKind"] == "PrimaryResult").unwrap();
        let Json::Array(rows) = played.json() else { panic!("rows") };
        assert_eq!(rows.len(), frame["Rows"].as_array().unwrap().len());
        assert_eq!(played.tables[0].columns().len(), frame["Columns"].as_array().unwrap().len());
    }

    #[test]
    fn a_query_says_in_which_database_and_can_be_cancelled() {
        let played = asked("[]");
        let Body::Json(body) = &played.requests[0].body else { panic!("JSON") };
        assert_eq!((&body["db"], &body["csl"]), (&json!("Samples"), &json!("T")));
        assert_eq!(body["properties"]["Options"]["servertimeout"], "00:00:30");
        let mut conversation = Kusto.ask(question("T"));
        assert_eq!(conversation.cancel(), None);
        conversation.next();
        let Body::Json(body) = conversation.cancel().unwrap().body else { panic!("JSON") };
        assert_eq!(body["csl"], ".cancel query 'pivotd.query;run'");
    }

    #[test]
    fn errors_among_rows_and_at_the_end_stand_beside_the_rows() {
        let played = asked(
            r#"[{"FrameType":"DataSetHeader","Version":"v2.0"},
            {"FrameType":"DataTable","TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":
            [{"ColumnName":"N","ColumnType":"long"},{"ColumnName":"B","ColumnType":"bool"}],"Rows":[[1,true],
            {"OneApiErrors":[{"error":{"code":"LimitsExceeded","message":"Request is invalid","@message":
            "Query result set has exceeded the internal record count limit 500000"}}]}]},
            {"FrameType":"DataSetCompletion","HasErrors":true,"Cancelled":false,"OneApiErrors":[{"error":{"code":
            "LimitsExceeded","message":"Request is invalid","@message":"Query result set has exceeded the internal record count limit 500000"}}]}]"#,
        );
        assert_eq!(played.json(), json!([{ "N": 1, "B": true }]));
        let [trouble] = played.troubles.as_slice() else { panic!("one trouble, told once: {:?}", played.troubles) };
        assert_eq!(trouble.code.as_deref(), Some("LimitsExceeded"));
        assert!(trouble.message.contains("record count limit"));
    }

    #[test]
    fn tables_and_columns_are_listed() {
        let body = r#"{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"DatabaseName"},{"ColumnName":"TableName"},
            {"ColumnName":"ColumnName"},{"ColumnName":"ColumnType"}],"Rows":[["Samples","","",""],
            ["Samples","StormEvents","StartTime","System.DateTime"]]}]}"#;
        let conversation = Kusto.ask_for_schema(vec!["Samples".to_owned()]).unwrap();
        let played = read_all(conversation, &[(200, body)], None);
        assert_eq!(played.json(), json!([{ "table": "StormEvents", "column": "StartTime", "type": "datetime" }]));
    }
}
