//! Open PageRank: how well linked a domain is. <https://www.domcop.com/openpagerank/documentation>
//!
//! A domain that nobody links to is suspicious; one with a rank is benign. Being unranked comes as an item with
//! `status_code` 404 in an answer with status 200.

use std::time::Duration;

use model::{ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{List, Number, Text},
};

static FACTS: Facts = Facts {
    id: "openpagerank",
    title: "Open PageRank",
    kinds: &[ObservableKind::Domain],
    base_url: "https://openpagerank.com/api/v1.0",
    auth: Auth::Header("API-OPR"),
    budgets: &[Window { requests: 10_000, per_s: 3_600 }],
    fresh: Duration::from_hours(24 * 7),
    fresh_unknown: Duration::from_hours(24),
    ..Facts::DEFAULT
};

pub(crate) struct OpenPageRank;

#[derive(Deserialize)]
struct Ranks {
    response: List<Rank>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rank {
    status_code: Number,
    rank: Number,
    page_rank_decimal: Number,
    error: Text,
}

impl Provider for OpenPageRank {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/getPageRank").query("domains[0]", question.value()).into()
    }

    fn read(&self, _question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Ranks { response: List(ranks) } = answer.json()?;
        let found = ranks.into_iter().next().ok_or(Misread::Lacking("response"))?;
        let status = found.status_code.required("response.status_code")?;
        let verdict = match status {
            200.0 => Verdict::Benign,
            404.0 => Verdict::Suspicious,
            _ => return Ok(Reading::unsupported("the provider does not accept this value")),
        };
        Ok(Reading::judged(verdict)
            .says("ranked", status == 200.0)
            .says("rank", found.rank)
            .says("page_rank", found.page_rank_decimal)
            .says("error", found.error))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Domain, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const RANKED: &str = r#"{"status_code": 200, "response": [{"status_code": 200, "error": "", "page_rank_integer": 8,
        "page_rank_decimal": 7.63, "rank": "61", "domain": "example.com"}], "last_updated": "14th Oct 2025"}"#;
    const UNRANKED: &str = r#"{"status_code": 200, "response": [{"status_code": 404, "error": "Domain not found",
        "page_rank_decimal": 0, "rank": null, "domain": "example.com"}]}"#;
    const INVALID: &str = r#"{"status_code": 200, "response": [{"status_code": 400, "error": "Invalid domain"}]}"#;
    const REFUSED: &str = r#"{"error": "API Authentication failed. Please check your API key."}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("ranked", Domain, "example.com", &[(200, RANKED)]).means(Outcome::Clean, Verdict::Benign),
        example("unranked", Domain, "example.com", &[(200, UNRANKED)]).means(Outcome::Hit, Verdict::Suspicious),
        example("invalid", Domain, "example.com", &[(200, INVALID)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("refused", Domain, "example.com", &[(403, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Domain, "example.com", &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("nothing said", Domain, "example.com", &[(200, r#"{"status_code": 200, "response": []}"#)]),
    ];

    #[test]
    fn a_rank_in_words_is_a_number() {
        assert_eq!(EXAMPLES[0].read(&OpenPageRank).unwrap().evidence["rank"], 61);
    }
}
