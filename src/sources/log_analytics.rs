//! Log Analytics, where the tables of Microsoft Sentinel are: one query, one answer, with the errors of its parts beside it.
//!
//! <https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format>

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::{
    Access, Answer, Conversation, Endpoint, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind,
    gather::spec,
    source, tabular,
    tabular::Spelling,
    trouble, types,
};

/// The longest that the service works on a query.
const LONGEST: Duration = Duration::from_mins(10);

pub(crate) static SPELLING: Spelling = Spelling {
    columns: &["columns"],
    column: &[("name", "type"), ("ColumnName", "DataType")],
    rows: &["rows"],
    tables: &["tables"],
    kind: types::of_kusto,
    is_wanted: |_| true,
};

/// See the file.
pub(crate) struct LogAnalytics;

impl Source for LogAnalytics {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "sentinel",
            title: "Microsoft Sentinel (Log Analytics)",
            environments: &["MSSentinel"],
            endpoint: Endpoint::LogAnalytics,
            access: &[Access::Entra],
            place: Some(Place { key: "workspace_id", required: true, several: false }),
            origin_column: "workspace",
            // 200 requests in 30 seconds for each caller of the API.
            budgets: &[(200, 30)],
            concurrency: 5,
            longest: LONGEST,
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Query { question, is_asked: false })
    }

    fn ask_for_schema(&self, place: Vec<String>) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Metadata { workspace: place.into_iter().next().unwrap_or_default(), is_asked: false }))
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
        let mut body = json!({ "query": self.question.query });
        if let (Some(span), Some(body)) = (&self.question.span, body.as_object_mut()) {
            body.insert("timespan".to_owned(), source::iso_interval(span).into());
        }
        let wait = self.question.patience.min(LONGEST).as_secs().max(1);
        let request = Request::post("/v1/workspaces").segment(self.question.first_place()).then("/query");
        Some(request.header("prefer", format!("wait={wait}")).json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let beside = tabular::read(answer.body, &SPELLING, rows)?;
        tell(&beside.members, rows);
        Ok(())
    }
}

/// The error that may stand beside the tables.
pub(crate) fn tell(members: &Map<String, Json>, rows: &mut Gatherer) {
    if let Some(error) = members.get("error") {
        let (code, words) = trouble::said(error);
        let words = words.unwrap_or_else(|| "the answer is incomplete".to_owned());
        rows.trouble(Trouble::new(TroubleKind::Incomplete, words).code(code));
    }
}

/// What tables a workspace has.
struct Metadata {
    workspace: String,
    is_asked: bool,
}

impl Conversation for Metadata {
    fn next(&mut self) -> Option<Request> {
        let is_first = !std::mem::replace(&mut self.is_asked, true);
        is_first.then(|| Request::get("/v1/workspaces").segment(&self.workspace).then("/metadata"))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        let tables = body.get("tables").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
        let listed = tables.iter().flat_map(|table| {
            let name = table.get("name").and_then(Json::as_str).unwrap_or_default();
            let columns = table.get("columns").and_then(Json::as_array).into_iter().flatten();
            columns.filter_map(move |column| {
                let kind = types::of_kusto(column.get("type")?.as_str()?);
                Some((name, spec(column.get("name")?.as_str()?, kind)))
            })
        });
        source::list_columns(listed, rows);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use model::Span;

    use super::*;
    use crate::testing::{Played, play, question};

    fn asked(body: &str) -> Played {
        let mut question = question("T | take 2");
        question.place = vec!["ws".to_owned()];
        play(&LogAnalytics, question, &[(200, body)])
    }

    #[test]
    fn a_query_says_where_for_when_and_how_long() {
        let mut question = question("T");
        question.place = vec!["1-2".to_owned()];
        question.patience = Duration::from_secs(30);
        let (start, end) = ("2024-05-01T00:00:00Z".parse().unwrap(), "2024-05-02T12:00:00Z".parse().unwrap());
        question.span = Some(Span::between(start, end).unwrap());
        let request = LogAnalytics.ask(question).next().unwrap();
        assert_eq!(request.path, "/v1/workspaces/1-2/query");
        assert_eq!(request.headers, [("prefer", "wait=30".to_owned())]);
        let expected = json!({ "query": "T", "timespan": "2024-05-01T00:00:00Z/2024-05-02T12:00:00Z" });
        assert_eq!(request.body, crate::Body::Json(expected));
    }

    #[test]
    fn columns_have_their_types_and_only_the_first_table_counts() {
        let played = asked(
            r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"T","type":"datetime"},{"name":"N","type":"long"},
            {"name":"D","type":"dynamic"},{"name":"B","type":"bool"},{"name":"G","type":"guid"},{"name":"R","type":"real"}],
            "rows":[["2021-10-01T17:52:21.5763494Z",5,"{\"a\":1}",true,"0f1a2b3c-0000-0000-0000-000000000001","NaN"],
            [null,null,null,null,null,1.5]]},{"name":"Other","columns":[{"name":"X","type":"int"}],"rows":[[1]]}]}"#,
        );
        assert_eq!(
            played.json(),
            json!([
                { "T": "2021-10-01T17:52:21.5763494Z", "N": 5, "D": { "a": 1 }, "B": true,
                  "G": "0f1a2b3c-0000-0000-0000-000000000001", "R": null },
                { "T": null, "N": null, "D": null, "B": null, "G": null, "R": 1.5 },
            ])
        );
        assert!(played.troubles.is_empty() && played.ended.is_ok());
    }

    #[test]
    fn an_error_beside_rows_is_kept_beside_rows() {
        let played = asked(
            r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"N","type":"int"}],"rows":[[1]]}],"error":{"code":
            "PartialError","message":"There were some errors when processing your query.","details":[{"code":"EngineError",
            "message":"Something went wrong processing your query on the server."}]}}"#,
        );
        assert_eq!(played.json(), json!([{ "N": 1 }]));
        let [trouble] = played.troubles.as_slice() else { panic!("one trouble") };
        assert_eq!((trouble.kind, trouble.code.as_deref()), (TroubleKind::Incomplete, Some("EngineError")));
        assert!(trouble.message.contains("There were some errors") && trouble.message.contains("Something went wrong"));
    }

    #[test]
    fn what_came_before_an_answer_broke_off_is_kept() {
        let played = asked(r#"{"tables":[{"columns":[{"name":"N","type":"int"}],"rows":[[1],[2],["#);
        assert_eq!(played.json(), json!([{ "N": 1 }, { "N": 2 }]));
        assert_eq!(played.ended.unwrap_err().kind, TroubleKind::Failed);
    }

    #[test]
    fn the_answer_that_was_recorded_is_read() {
        let Some(body) = crate::testing::recorded("apis/az_mon_raw_query.json") else { return };
        let played = asked(&body);
        assert!(played.ended.is_ok() && played.troubles.is_empty(), "{:?}", played.troubles);
        let Json::Array(rows) = played.json() else { panic!("rows") };
        let raw: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(rows.len(), raw["tables"][0]["rows"].as_array().unwrap().len());
    }

    #[test]
    fn tables_and_columns_are_listed() {
        let body = r#"{"tables":[{"id":"t/Heartbeat","name":"Heartbeat","columns":[{"name":"TimeGenerated","type":"datetime"}]}]}"#;
        let conversation = LogAnalytics.ask_for_schema(vec!["ws".to_owned()]).unwrap();
        let played = crate::testing::read_all(conversation, &[(200, body)], None);
        assert_eq!(played.requests[0].path, "/v1/workspaces/ws/metadata");
        assert_eq!(played.json(), json!([{ "table": "Heartbeat", "column": "TimeGenerated", "type": "datetime" }]));
    }
}
