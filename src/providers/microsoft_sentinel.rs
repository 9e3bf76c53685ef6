//! Microsoft Sentinel's own indicators: the table `ThreatIntelIndicators` of a workspace, asked over Log Analytics.
//! <https://learn.microsoft.com/azure/azure-monitor/reference/tables/threatintelindicators>
//!
//! An indicator that is in force and certain is malicious, one that is in force suspicious; what has been revoked or has
//! ended is a fact without a verdict. The settings say which workspace: its address is the base address.

use std::time::Duration;

use model::{ObservableKind, Tlp, Verdict};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Answer, Audience, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{Flag, List, Number, Part, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "microsoft_sentinel",
    title: "Microsoft Sentinel indicators",
    kinds: ObservableKind::ALL,
    auth: Auth::Entra(Audience::LogAnalytics),
    fresh: Duration::from_mins(15),
    fresh_unknown: Duration::from_mins(5),
    timeout: Duration::from_secs(20),
    max_tlp: Tlp::Red,
    answers_private: true,
    ..Facts::DEFAULT
};

/// An indicator that is as certain as this is malicious.
const CERTAIN: f64 = 80.0;

pub(crate) struct MicrosoftSentinel;

#[derive(Deserialize)]
struct Report {
    tables: List<Table>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Table {
    columns: List<Column>,
    rows: List<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Column {
    name: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Indicator {
    is_active: Flag,
    confidence: Number,
    source_system: Text,
    observable_key: Text,
    valid_until: Time,
    time_generated: Time,
    tags: Text,
    data: Value,
}

/// What the indicator says in STIX.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stix {
    name: Text,
    description: Text,
    labels: Texts,
    indicator_types: Texts,
}

impl Indicator {
    fn of(columns: &[Column], row: Vec<Value>) -> Self {
        let names = columns.iter().map(|column| column.name.0.clone().unwrap_or_default());
        Part::from(Value::Object(names.zip(row).collect::<Map<_, _>>())).0
    }

    /// A column of objects comes as text.
    fn stix(&self) -> Stix {
        let data = match &self.data {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        Part::from(data).0
    }

    fn verdict(&self) -> Verdict {
        match self.confidence.0 {
            _ if !self.is_active.is_true() => Verdict::Unknown,
            Some(CERTAIN..) => Verdict::Malicious,
            _ => Verdict::Suspicious,
        }
    }
}

impl Provider for MicrosoftSentinel {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        // Indicators are written anew while they are in force, so that the newest of each tells how it stands.
        let query = format!(
            "ThreatIntelIndicators\n| where TimeGenerated > ago(30d)\n| where ObservableValue =~ {}\n\
             | summarize arg_max(TimeGenerated, *) by Id\n| where not(coalesce(IsDeleted, false))\n\
             | extend IsActive = IsActive and not(coalesce(Revoked, false)) and (isnull(ValidUntil) or ValidUntil > now())\n\
             | project TimeGenerated, IsActive, Confidence, SourceSystem, ObservableKey, ValidUntil, Tags, Data\n\
             | order by IsActive desc, Confidence desc\n| take 50",
            literal(question.value())
        );
        HttpRequest::post("/query").json(json!({"query": query})).into()
    }

    fn read(&self, _: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if answer.status == 400 {
            return Ok(Reading::failed("the workspace does not accept the query: it may lack the table of indicators"));
        }
        if answer.status == 404 {
            return Ok(Reading::failed("there is no such workspace"));
        }
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Report { tables: List(tables) } = answer.json()?;
        let Table { columns, rows } = tables.into_iter().next().ok_or(Misread::Lacking("tables"))?;
        let indicators: Vec<Indicator> = rows.0.into_iter().map(|row| Indicator::of(&columns.0, row)).collect();
        let Some(worst) = indicators.iter().max_by_key(|indicator| indicator.verdict()) else {
            return Ok(Reading::not_found());
        };
        Ok(grounds(Reading::judged(worst.verdict()), &indicators))
    }
}

fn grounds(reading: Reading, indicators: &[Indicator]) -> Reading {
    let confidence = indicators.iter().filter(|i| i.is_active.is_true()).filter_map(|i| i.confidence.0).reduce(f64::max);
    let stix: Vec<Stix> = indicators.iter().map(Indicator::stix).collect();
    let texts = |field: fn(&Stix) -> &Text| stix.iter().filter_map(move |said| field(said).as_deref());
    let reading = reading
        .says("indicators", indicators.len())
        .says("active", indicators.iter().filter(|indicator| indicator.is_active.is_true()).count())
        .says("confidence", Number(confidence))
        .lists("sources", indicators.iter().filter_map(|indicator| indicator.source_system.as_deref()))
        .lists("names", texts(|said| &said.name))
        .lists("descriptions", texts(|said| &said.description))
        .lists("types", stix.iter().flat_map(|said| &said.indicator_types.0))
        .lists("labels", stix.iter().flat_map(|said| &said.labels.0))
        .lists("tags", indicators.iter().filter_map(|indicator| indicator.tags.as_deref()))
        .lists("observable_keys", indicators.iter().filter_map(|indicator| indicator.observable_key.as_deref()))
        .says("last_seen", indicators.iter().filter_map(|indicator| indicator.time_generated.0.clone()).max())
        .says("valid_until", indicators.iter().filter_map(|indicator| indicator.valid_until.0.clone()).max());
    if let Some(confidence) = confidence { reading.score(confidence) } else { reading }
}

/// A value as a string of KQL: whatever could end it, or a line, is written by its number.
/// <https://learn.microsoft.com/kusto/query/scalar-data-types/string>
fn literal(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            _ if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') => {
                literal.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Ipv4, WindowsPath},
        Outcome,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const CERTAIN: &str = r#"{"tables": [{"name": "PrimaryResult", "columns": [{"name": "IsActive", "type": "bool"},
        {"name": "Confidence", "type": "int"}, {"name": "SourceSystem", "type": "string"}, {"name": "Data", "type": "dynamic"}],
        "rows": [[true, 90, "Feed", "{\"name\": \"C2 server\", \"indicator_types\": [\"malicious-activity\"], \"labels\": [\"botnet\"]}"],
                 [false, 100, "Other", null]]}]}"#;
    const DOUBTED: &str = r#"{"tables": [{"columns": [{"name": "IsActive"}, {"name": "Confidence"}], "rows": [[true, 30]]}]}"#;
    const OVER: &str = r#"{"tables": [{"columns": [{"name": "IsActive"}, {"name": "Confidence"}], "rows": [[false, 100]]}]}"#;
    const NONE: &str = r#"{"tables": [{"columns": [{"name": "IsActive"}], "rows": []}]}"#;
    const REFUSED: &str = r#"{"error": {"code": "InsufficientAccessError"}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("certain", Ipv4, IP, &[(200, CERTAIN)]).means(Outcome::Hit, Verdict::Malicious),
        example("doubted", Ipv4, IP, &[(200, DOUBTED)]).means(Outcome::Hit, Verdict::Suspicious),
        example("ended", Ipv4, IP, &[(200, OVER)]).means(Outcome::Hit, Verdict::Unknown),
        example("none", Ipv4, IP, &[(200, NONE)]).means(Outcome::NotFound, Verdict::Unknown),
        example("without the table", Ipv4, IP, &[(400, REFUSED)]).means(Outcome::Error, Verdict::Unknown),
        example("without the workspace", Ipv4, IP, &[(404, REFUSED)]).means(Outcome::Error, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(403, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "{}")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without tables", Ipv4, IP, &[(200, r#"{"tables": []}"#)]),
    ];

    #[test]
    fn the_grounds_tell_what_is_in_force() {
        let reading = EXAMPLES[0].read(&MicrosoftSentinel).unwrap();
        assert_eq!((&reading.evidence["indicators"], &reading.evidence["active"]), (&json!(2), &json!(1)));
        assert_eq!((&reading.evidence["names"], reading.score), (&json!(["C2 server"]), Some(90)));
        assert_eq!(reading.evidence["labels"], json!(["botnet"]));
    }

    #[test]
    fn a_path_stays_in_its_literal() {
        let path = observable(WindowsPath, r"c:\temp\a.exe");
        let Request::Http(request) = MicrosoftSentinel.ask(&Question::usual(&path)) else { panic!("not HTTP") };
        let crate::Body::Json(body) = request.body else { panic!("not JSON") };
        let query = body["query"].as_str().unwrap();
        assert!(query.contains(r#"=~ "c:\\temp\\a.exe""#), "{query}");
    }

    proptest! {
        #[test]
        fn no_value_ends_its_literal(value in any::<String>()) {
            let literal = literal(&value);
            let inner = &literal[1..literal.len() - 1];
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                prop_assert!(character != '"' && !character.is_control());
                if character == '\\' {
                    prop_assert!(matches!(characters.next(), Some('"' | '\\' | 'u')));
                }
            }
        }
    }
}
