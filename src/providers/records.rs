//! Sets of records as data: which fields of each record are told and under which names, and which of them name something
//! related. What a vendor calls a passive DNS record, a cookie or an open port is read in one way.

use model::{KindHint, ObservableKind};
use serde_json::{Map, Value};

use crate::{
    Question, Reading,
    lenient::{Text, Texts, Time},
};

/// A name in the DNS.
const NAME: KindHint = KindHint::Exactly(ObservableKind::Domain);

/// What is told of each record of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records {
    /// Our names of fields, and where a record has them (RFC 6901).
    pub(crate) texts: &'static [(&'static str, &'static str)],
    /// The same for instants.
    pub(crate) times: &'static [(&'static str, &'static str)],
    /// Where a record names hosts, which may be names or addresses.
    pub(crate) hosts: &'static [&'static str],
    /// Where a record names files by their digests.
    pub(crate) files: &'static [&'static str],
}

impl Records {
    /// What holds where a set says nothing else.
    pub(crate) const NONE: Self = Self { texts: &[], times: &[], hosts: &[], files: &[] };

    /// Facts from the records, or that nothing is known. `count` is how many there are, if the vendor says.
    pub(crate) fn read(&self, rows: &[Value], count: Option<u64>, question: &Question<'_>) -> Reading {
        if rows.is_empty() {
            return Reading::not_found();
        }
        let told: Vec<Value> = rows.iter().map(|row| self.told(row)).filter(|row| !is_empty(row)).collect();
        let named = |places: &'static [&'static str]| {
            let found = rows.iter().flat_map(move |row| places.iter().filter_map(move |place| row.pointer(place)));
            question.others(found.flat_map(|value| Texts::from(value.clone()).0))
        };
        Reading::facts()
            .says("record_count", count.unwrap_or_else(|| rows.len().try_into().unwrap_or(u64::MAX)))
            .says("records", told)
            .relates_to(KindHint::Address, named(self.hosts))
            .relates_to(NAME, named(self.hosts))
            .relates_to(KindHint::Hash, named(self.files))
    }

    fn told(&self, row: &Value) -> Value {
        let value = |place| row.pointer(place).cloned();
        let texts = self.texts.iter().filter_map(|(name, place)| Some((name, said(value(place)?)?)));
        let times = self.times.iter().filter_map(|(name, place)| Some((name, Time::from(value(place)?).0?.into())));
        texts.chain(times).map(|(name, value)| ((*name).to_owned(), value)).collect::<Map<_, _>>().into()
    }
}

/// A flag or a number as it is, texts if they say something.
fn said(value: Value) -> Option<Value> {
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value),
        Value::Array(_) => Some(Texts::from(value).0).filter(|texts| !texts.is_empty()).map(Into::into),
        other => Text::from(other).0.map(Into::into),
    }
}

fn is_empty(row: &Value) -> bool {
    row.as_object().is_none_or(Map::is_empty)
}

#[cfg(test)]
mod tests {
    use model::{Observable, Outcome};
    use serde_json::json;

    use super::*;

    const RECORDS: Records = Records {
        texts: &[("name", "/name"), ("tags", "/tags"), ("port", "/port")],
        times: &[("first_seen", "/seen/first")],
        hosts: &["/host", "/others"],
        files: &["/sample"],
    };

    #[test]
    fn records_are_told_by_our_names_and_what_they_lack_is_left_out() {
        let observable = Observable::parse("example.com", None).unwrap();
        let rows = [
            json!({"name": "a", "tags": ["x", null], "port": 80, "seen": {"first": "2025-01-01 10:00:00"}, "host": "example.com",
                "others": ["192.0.2.1", "www.example.com"], "sample": "44d88612fea8a8f36de82e1278abb02f"}),
            json!({"name": null, "host": 7}),
            json!(null),
        ];
        let reading = RECORDS.read(&rows, Some(9), &Question::usual(&observable));
        assert_eq!(reading.evidence["record_count"], 9);
        assert_eq!(
            reading.evidence["records"],
            json!([{"name": "a", "tags": ["x"], "port": 80, "first_seen": "2025-01-01T10:00:00Z"}])
        );
        let related: Vec<_> = reading.related.iter().map(Observable::canonical).collect();
        assert_eq!(related, ["192.0.2.1", "www.example.com", "44d88612fea8a8f36de82e1278abb02f"]);
        assert_eq!(RECORDS.read(&[], None, &Question::usual(&observable)).outcome, Outcome::NotFound);
    }
}
