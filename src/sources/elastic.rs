//! Elasticsearch and OpenSearch: ES|QL as one table, and the JSON query language in pages over a point in time.
//!
//! <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-esql-query>
//! <https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results#search-after>

use model::ColumnType;
use serde_json::{Map, Value as Json, json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind,
    gather::spec,
    source,
    tabular::{self, Spelling},
    trouble, types,
};

/// Hits of one page: no server allows more without being told to.
const PAGE: u64 = 1_000;

/// How long a point in time holds between two pages.
const KEEP_ALIVE: &str = "1m";

/// The index that is asked if neither the settings nor the query say.
const EVERYTHING: &str = "*";

static SPELLING: Spelling = Spelling {
    columns: &["columns"],
    column: &[("name", "type")],
    rows: &["values"],
    tables: &[],
    kind: types::of_elastic,
    is_wanted: |_| true,
};

static ACCESS: &[Access] = &[Access::Key("authorization", "ApiKey"), Access::Basic, Access::Open];

static INDEX: Option<Place> = Some(Place { key: "index", required: false, several: false });

/// Elasticsearch.
pub(crate) struct Elastic;

/// OpenSearch, which knows no ES|QL and names its points in time otherwise.
pub(crate) struct OpenSearch;

impl Source for Elastic {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "elastic",
            title: "Elasticsearch",
            environments: &["Elastic"],
            access: ACCESS,
            place: INDEX,
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        match serde_json::from_str::<Map<String, Json>>(&question.query) {
            Ok(body) => Box::new(Paging::new(question, body, "/_pit", "id")),
            Err(_) => Box::new(Esql { question, is_asked: false }),
        }
    }

    fn ask_for_schema(&self, place: Vec<String>) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Mapping { index: place.into_iter().next(), is_asked: false }))
    }
}

impl Source for OpenSearch {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "opensearch",
            title: "OpenSearch",
            environments: &["Elastic"],
            access: &[Access::Basic, Access::Key("authorization", "Bearer"), Access::Open],
            place: INDEX,
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        // What is no JSON is words to search for.
        let words = || Map::from_iter([("query".to_owned(), json!({ "query_string": { "query": question.query } }))]);
        let body = serde_json::from_str(&question.query).unwrap_or_else(|_| words());
        Box::new(Paging::new(question, body, "/_search/point_in_time", "pit_id"))
    }

    fn ask_for_schema(&self, place: Vec<String>) -> Option<Box<dyn Conversation>> {
        Elastic.ask_for_schema(place)
    }
}

/// A range of `@timestamp`, if there is a time beside the text.
fn time(question: &Question) -> Option<Json> {
    let span = question.span?;
    let (gte, lte) = (source::rfc3339(span.start()), source::rfc3339(span.end()));
    Some(json!({ "range": { "@timestamp": { "gte": gte, "lte": lte, "format": "strict_date_optional_time" } } }))
}

struct Esql {
    question: Question,
    is_asked: bool,
}

impl Conversation for Esql {
    fn next(&mut self) -> Option<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return None;
        }
        let mut body = json!({ "query": self.question.query, "columnar": false });
        if let (Some(filter), Some(body)) = (time(&self.question), body.as_object_mut()) {
            body.insert("filter".to_owned(), filter);
        }
        Some(Request::post("/_query").json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let beside = tabular::read(answer.body, &SPELLING, rows)?;
        if beside.members.get("is_partial") == Some(&Json::Bool(true)) {
            rows.trouble(Trouble::new(TroubleKind::Incomplete, "some clusters or shards did not answer"));
        }
        Ok(())
    }
}

/// A search over a point in time, so that pages fit together whatever is written meanwhile.
struct Paging {
    question: Question,
    /// The query as it was given, without what belongs to paging.
    body: Map<String, Json>,
    index: String,
    /// Where points in time are opened, and what their id is called there.
    opens: (&'static str, &'static str),
    next: Next,
    pit: Option<String>,
    /// Hits that the query itself allows.
    left: u64,
}

enum Next {
    Open,
    Page(Option<Json>),
    Close,
    Nothing,
}

impl Paging {
    fn new(question: Question, mut body: Map<String, Json>, path: &'static str, id: &'static str) -> Self {
        let own = body.remove("index").and_then(|index| index.as_str().map(str::to_owned));
        let set = Some(question.first_place().to_owned()).filter(|index| !index.is_empty());
        let size = body.remove("size").as_ref().and_then(Json::as_u64);
        for paging in ["from", "search_after", "pit"] {
            body.remove(paging);
        }
        if let Some(range) = time(&question) {
            let given = body.remove("query").unwrap_or_else(|| json!({ "match_all": {} }));
            body.insert("query".to_owned(), json!({ "bool": { "must": [given], "filter": [range] } }));
        }
        // A size of none asks for what is counted, not for what is found.
        let is_counting = size == Some(0);
        Self {
            index: own.or(set).unwrap_or_else(|| EVERYTHING.to_owned()),
            body,
            opens: (path, id),
            next: if is_counting { Next::Page(None) } else { Next::Open },
            pit: None,
            left: size.unwrap_or(u64::MAX),
            question,
        }
    }

    fn page(&self, after: Option<&Json>) -> Request {
        let mut body = self.body.clone();
        let wanted = self.question.max_rows.map_or(u64::MAX, |rows| rows.saturating_add(1));
        body.insert("size".to_owned(), PAGE.min(self.left).min(wanted).into());
        let request = match &self.pit {
            Some(id) => {
                body.insert("pit".to_owned(), json!({ "id": id, "keep_alive": KEEP_ALIVE }));
                body.entry("sort").or_insert_with(|| json!([{ "@timestamp": { "order": "desc", "unmapped_type": "date" } }]));
                body.insert("track_total_hits".to_owned(), false.into());
                Request::post("/_search")
            }
            None => Request::post("").segment(&self.index).then("/_search"),
        };
        if let Some(after) = after {
            body.insert("search_after".to_owned(), after.clone());
        }
        request.json(Json::Object(body))
    }

    fn close(&self) -> Option<Request> {
        let id = self.pit.as_ref()?;
        let body = if self.opens.1 == "id" { json!({ "id": id }) } else { json!({ "pit_id": [id] }) };
        Some(Request::delete(self.opens.0).json(body))
    }
}

impl Conversation for Paging {
    fn next(&mut self) -> Option<Request> {
        match &self.next {
            Next::Open => {
                Some(Request::post("").segment(&self.index).then(self.opens.0).query("keep_alive", KEEP_ALIVE))
            }
            Next::Page(after) => Some(self.page(after.as_ref())),
            Next::Close => self.close(),
            Next::Nothing => None,
        }
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Open => {
                let id = body.get(self.opens.1).and_then(Json::as_str).ok_or_else(Trouble::unreadable)?;
                self.pit = Some(id.to_owned());
                self.next = Next::Page(None);
            }
            Next::Page(_) => {
                tell(&body, rows);
                let hits = body.pointer("/hits/hits").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
                if self.pit.is_none() {
                    let counted = body.get("aggregations").into_iter();
                    let _ = source::push_objects(counted, rows);
                    return Ok(());
                }
                self.next = Next::Close;
                for hit in hits {
                    if source::push_objects([&found(hit)], rows).is_err() {
                        return Ok(());
                    }
                }
                self.left = self.left.saturating_sub(hits.len() as u64);
                if let Some(id) = body.get("pit_id").and_then(Json::as_str) {
                    self.pit = Some(id.to_owned());
                }
                let last = hits.last().and_then(|hit| hit.get("sort"));
                if let Some(after) = last.filter(|_| hits.len() as u64 >= PAGE && self.left > 0) {
                    self.next = Next::Page(Some(after.clone()));
                }
            }
            Next::Close | Next::Nothing => self.pit = None,
        }
        Ok(())
    }

    fn cancel(&self) -> Option<Request> {
        self.close()
    }
}

/// A hit: what was stored, and where.
fn found(hit: &Json) -> Json {
    let mut row = Map::new();
    for key in ["_index", "_id"] {
        row.extend(hit.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    for key in ["_source", "fields"] {
        row.extend(hit.get(key).and_then(Json::as_object).cloned().into_iter().flatten());
    }
    Json::Object(row)
}

/// What is missing from a page.
fn tell(body: &Json, rows: &mut Gatherer) {
    if body.get("timed_out") == Some(&Json::Bool(true)) {
        rows.trouble(Trouble::new(TroubleKind::Incomplete, "the search timed out on some shards"));
    }
    for failure in body.pointer("/_shards/failures").and_then(Json::as_array).into_iter().flatten() {
        let (code, words) = trouble::said(failure.get("reason").unwrap_or(failure));
        let words = words.unwrap_or_else(|| "a shard failed".to_owned());
        rows.trouble(Trouble::new(TroubleKind::Incomplete, words).code(code));
    }
}

/// The fields of indices.
struct Mapping {
    index: Option<String>,
    is_asked: bool,
}

impl Conversation for Mapping {
    fn next(&mut self) -> Option<Request> {
        let index = self.index.as_deref().unwrap_or(EVERYTHING);
        (!std::mem::replace(&mut self.is_asked, true)).then(|| Request::get("").segment(index).then("/_mapping"))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Map<String, Json> = source::json(answer)?;
        let mut listed = Vec::new();
        for (index, mapping) in &body {
            let mut fields = Vec::new();
            collect("", mapping.pointer("/mappings/properties"), &mut fields, 0);
            listed.extend(fields.into_iter().map(|(name, kind)| (index.as_str(), spec(name, kind))));
        }
        source::list_columns(listed.into_iter(), rows);
        Ok(())
    }
}

fn collect(prefix: &str, properties: Option<&Json>, into: &mut Vec<(String, ColumnType)>, depth: usize) {
    for (name, field) in properties.and_then(Json::as_object).into_iter().flatten() {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match field.get("properties") {
            Some(_) if depth < 8 => collect(&name, field.get("properties"), into, depth + 1),
            _ => into.push((name, types::of_elastic(field.get("type").and_then(Json::as_str).unwrap_or("object")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body,
        testing::{play, question},
    };

    fn json_of(request: &Request) -> &Json {
        match &request.body {
            Body::Json(body) => body,
            body => panic!("{body:?}"),
        }
    }

    #[test]
    fn es_ql_is_one_typed_table() {
        let body = r#"{"took":5,"is_partial":true,"columns":[{"name":"@timestamp","type":"date"},{"name":"n","type":"long"},
            {"name":"host.ip","type":"ip"}],"values":[["2024-05-01T00:00:00.000Z",3,["10.0.0.1","10.0.0.2"]],[null,4,"10.0.0.3"]]}"#;
        let played = play(&Elastic, question("FROM logs-* | STATS n = COUNT(*)"), &[(200, body)]);
        assert_eq!(played.requests[0].path, "/_query");
        assert_eq!(
            played.json(),
            json!([
                { "@timestamp": "2024-05-01T00:00:00Z", "n": 3, "host.ip": "[\"10.0.0.1\",\"10.0.0.2\"]" },
                { "@timestamp": null, "n": 4, "host.ip": "10.0.0.3" },
            ])
        );
        assert_eq!(played.troubles.len(), 1);
    }

    #[test]
    fn hits_are_paged_over_a_point_in_time_that_is_closed() {
        let hit = |number: u64| json!({ "_index": "logs", "_id": number.to_string(), "_source": { "host": { "name": "a" }, "n": number }, "sort": [number] });
        let full: Vec<Json> = (0..PAGE).map(hit).collect();
        let first = json!({ "pit_id": "p2", "timed_out": false, "hits": { "hits": full } }).to_string();
        let second = json!({ "pit_id": "p3", "hits": { "hits": [hit(PAGE)] },
            "_shards": { "failures": [{ "reason": { "type": "x", "reason": "shard is gone" } }] } })
        .to_string();
        for (source, opened, path, closing) in [
            (&Elastic as &dyn Source, r#"{"id":"p1"}"#, "/logs/_pit", json!({ "id": "p3" })),
            (&OpenSearch, r#"{"pit_id":"p1"}"#, "/logs/_search/point_in_time", json!({ "pit_id": ["p3"] })),
        ] {
            let query = r#"{"index":"logs","query":{"match_phrase":{"host.name":"a"}},"size":5000}"#;
            let played = play(source, question(query), &[(200, opened), (200, &first), (200, &second), (200, "{}")]);
            let Json::Array(rows) = played.json() else { panic!("rows") };
            assert_eq!(rows.len() as u64, PAGE + 1);
            assert_eq!((&rows[0]["host.name"], &rows[0]["_id"]), (&json!("a"), &json!("0")));
            assert_eq!(played.requests[0].path, path);
            assert_eq!(json_of(&played.requests[1])["pit"]["id"], "p1");
            let third = json_of(&played.requests[2]);
            assert_eq!((&third["pit"]["id"], &third["search_after"]), (&json!("p2"), &json!([PAGE - 1])));
            assert_eq!((played.requests.len(), json_of(&played.requests[3])), (4, &closing));
            assert_eq!(played.troubles[0].message, "shard is gone");
        }
    }

    #[test]
    fn a_size_of_none_gives_what_is_counted() {
        let body = r#"{"hits":{"hits":[]},"aggregations":{"hosts":{"buckets":[{"key":"a","doc_count":2}]}}}"#;
        let played = play(&Elastic, question(r#"{"size":0,"aggs":{"hosts":{"terms":{"field":"host"}}}}"#), &[(200, body)]);
        assert_eq!(played.json(), json!([{ "hosts.buckets": [{ "key": "a", "doc_count": 2 }] }]));
        assert_eq!((played.requests.len(), played.requests[0].path.as_str()), (1, "/%2A/_search"));
    }

    #[test]
    fn words_are_searched_for_where_there_is_no_es_ql() {
        let played = play(&OpenSearch, question("error AND host:a"), &[(200, r#"{"pit_id":"p"}"#), (200, r#"{"hits":{"hits":[]}}"#)]);
        assert_eq!(json_of(&played.requests[1])["query"]["query_string"]["query"], "error AND host:a");
    }
}
