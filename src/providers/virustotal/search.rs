//! VirusTotal's intelligence search: objects that match a query in its own language, such as `type:peexe p:10+`.
//! <https://docs.virustotal.com/reference/intelligence-search>
//!
//! It needs a premium key.

use serde::Deserialize;

use super::{VirusTotal, place, refusal, report, report::Object};
use crate::{
    Answer, HttpAnswer, HttpRequest, Misread, Question, Reading, Request, Search, SearchReading,
    lenient::{List, Number, Part, Text},
};

/// Objects of one page: they come whole, and some are large.
const PAGE: usize = 20;

/// Objects that one search brings at most: each page costs the key's budget.
const MOST: usize = 100;

#[derive(Deserialize)]
struct Page {
    data: List<Object>,
    #[serde(default)]
    meta: Part<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    total_hits: Number,
    cursor: Text,
}

impl Search for VirusTotal {
    fn most(&self) -> usize {
        MOST
    }

    fn ask_search(&self, query: &str, limit: usize, answers: &[Answer]) -> Option<Request> {
        let left = limit.min(MOST).checked_sub(answers.len() * PAGE).filter(|left| *left > 0)?;
        let request = HttpRequest::get("/intelligence/search")
            .query("query", query)
            .query("limit", left.min(PAGE).to_string());
        let Some(last) = answers.last() else { return Some(request.into()) };
        let page: Page = last.http().ok().filter(|answer| refusal(answer).is_none())?.json().ok()?;
        Some(request.query("cursor", page.meta.0.cursor.0?).into())
    }

    fn read_search(&self, limit: usize, answers: &[Answer]) -> Result<SearchReading, Misread> {
        let first = crate::first(answers)?.http()?;
        if let Some(reading) = refusal(first) {
            return Ok(reading.into());
        }
        let Page { data: List(mut objects), meta: Part(mut meta) } = first.json()?;
        let total = meta.total_hits;
        for answer in answers.iter().skip(1) {
            let Ok(page) = answer.http().and_then(HttpAnswer::json::<Page>) else { break };
            objects.extend(page.data.0);
            meta = page.meta.0;
        }
        if objects.is_empty() {
            return Ok(Reading::not_found().because("nothing matches").into());
        }
        let found = objects.into_iter().take(limit).filter_map(|object| {
            let observable = object.observable()?;
            let question = Question::usual(&observable);
            let (_, page, id) = place(&question);
            let reading = report::read(object, &question).ok()?;
            let reading = reading.page(&format!("https://www.virustotal.com/gui/{page}"), &id);
            Some((observable, reading))
        });
        let found: Vec<_> = found.collect();
        let reading = Reading::facts().says("total", total).says("has_more", meta.cursor.0.is_some());
        Ok(SearchReading { reading, found })
    }
}
