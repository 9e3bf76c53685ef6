//! ServiceNow: what the organisation's own configuration database and directory say of a computer or a person.
//! <https://www.servicenow.com/docs/bundle/xanadu-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html>
//!
//! Its queries find by part of a value, so what is found and is not the value itself is left out again. There is no
//! verdict: an asset is neither good nor bad.

use std::time::Duration;

use model::{ObservableKind, Tlp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Purpose, Question, QueryType, Reading, Request, SideEffect,
    lenient::{List, Text, Time},
    request::encoded,
};

static FACTS: Facts = Facts {
    id: "servicenow",
    title: "ServiceNow",
    purpose: Purpose::Context,
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6, ObservableKind::Hostname, ObservableKind::Domain, ObservableKind::Email],
    query_types: &[QueryType {
        name: USER,
        kinds: &[ObservableKind::Hostname, ObservableKind::Email],
        side_effect: SideEffect::Passive,
    }],
    auth: Auth::Basic,
    fresh: Duration::from_mins(15),
    fresh_unknown: Duration::from_mins(5),
    max_tlp: Tlp::Red,
    answers_private: true,
    ..Facts::DEFAULT
};

/// The question for a person by login or by part of the name. A login is written like the name of a host.
const USER: &str = "user";

/// An address is found by part of a list of addresses: 10.1.1.1 also finds 10.1.1.1xx, and none may be cut off.
const LIMIT: &str = "200";

/// The table of people.
const PEOPLE: &str = "sys_user";

/// The table of computers.
const COMPUTERS: &str = "cmdb_ci_computer";

/// What is told of a computer, in this order.
const COMPUTER: &[&str] = &[
    "name", "host_name", "fqdn", "ip_address", "category", "subcategory", "business_criticality", "busines_criticality",
    "internet_facing", "install_status", "assigned_to", "assignment_group", "support_group", "owned_by", "os", "serial_number",
    "comments",
];

/// What is told of a person.
const PERSON: &[&str] = &[
    "name", "user_name", "email", "employee_number", "title", "department", "manager", "phone", "active", "vip",
    "failed_attempts", "business_criticality", "preferred_language", "introduction",
];

/// What is told of both.
const COMMON: &[&str] = &["company", "location", "sys_class_name", "sys_id", "sys_tags"];

/// Instants, which ServiceNow writes without a zone and means in UTC.
const TIMES: &[&str] =
    &["install_date", "last_discovered", "last_login", "last_login_time", "sys_created_on", "sys_updated_on"];

pub(crate) struct ServiceNow;

#[derive(Deserialize)]
struct Table {
    result: List<Record>,
}

/// A record: its fields as texts, or as objects with what is shown.
#[derive(Deserialize)]
struct Record(Map<String, Value>);

impl Record {
    fn text(&self, name: &str) -> Option<String> {
        let value = match self.0.get(name)? {
            Value::Object(field) => field.get("display_value").or_else(|| field.get("value"))?.clone(),
            Value::Bool(flag) => flag.to_string().into(),
            value => value.clone(),
        };
        Text::from(value).0
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.text(name).is_some_and(|own| own.trim().eq_ignore_ascii_case(value))
    }

    fn addresses(&self) -> Vec<String> {
        let listed = self.text("ip_address").unwrap_or_default();
        listed.split([',', ';', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Whether the question was about this one.
    fn answers(&self, question: &Question<'_>) -> bool {
        let value = question.value();
        match question.observable.kind() {
            _ if question.query_type.is_some() => true,
            ObservableKind::Ipv4 | ObservableKind::Ipv6 => {
                let wanted = question.observable.address();
                self.addresses().iter().any(|own| own.parse().ok() == wanted)
            }
            ObservableKind::Email => self.is("email", value),
            _ => {
                self.is("name", value)
                    || self.is("host_name", value)
                    || self.is("fqdn", value)
                    // Many name a computer by its first label and leave the rest to the network.
                    || (self.is("name", first_label(value)) && self.text("fqdn").is_none())
            }
        }
    }

    fn evidence(&self, fields: &[&str]) -> Reading {
        let mut reading = Reading::facts();
        for name in fields.iter().chain(COMMON) {
            reading = match *name {
                "ip_address" => reading.lists("ip_addresses", self.addresses()),
                // As the field is spelled in some releases.
                "busines_criticality" => reading.says("business_criticality", self.text(name)),
                name => reading.says(name, self.text(name)),
            };
        }
        for name in TIMES {
            reading = reading.says(name, self.text(name).and_then(|text| Time::from(Value::from(text)).0));
        }
        reading
    }
}

impl Provider for ServiceNow {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        // `^` joins conditions; doubled it stands for itself.
        let value = question.value().replace('^', "^^");
        let (table, query) = match question.observable.kind() {
            _ if question.query_type.is_some() => (PEOPLE, format!("user_name={value}^ORemail={value}^ORnameLIKE{value}")),
            ObservableKind::Email => (PEOPLE, format!("email={value}")),
            ObservableKind::Ipv4 | ObservableKind::Ipv6 => (COMPUTERS, format!("ip_addressLIKE{value}")),
            _ => (
                COMPUTERS,
                format!("name={value}^ORhost_name={value}^ORfqdn={value}^ORname={}", first_label(&value)),
            ),
        };
        HttpRequest::get(&format!("/api/now/table/{table}"))
            .header("Accept", "application/json")
            .query("sysparm_query", query)
            .query("sysparm_display_value", "true")
            .query("sysparm_exclude_reference_link", "true")
            .query("sysparm_limit", LIMIT)
            .into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Table { result: List(mut found) } = answer.json()?;
        found.retain(|record| record.answers(question));
        let Some(first) = found.first() else { return Ok(Reading::not_found()) };
        let is_person = question.query_type.is_some() || question.observable.kind() == ObservableKind::Email;
        let (table, fields) = if is_person { (PEOPLE, PERSON) } else { (COMPUTERS, COMPUTER) };
        let reading = first.evidence(fields);
        let reading = match first.text("sys_id") {
            Some(id) => reading.reference(format!("/nav_to.do?uri={}", encoded(&format!("{table}.do?sys_id={id}")))),
            None => reading,
        };
        if found.len() == 1 {
            return Ok(reading);
        }
        let others = found.iter().skip(1);
        Ok(reading.says("records", found.len()).lists("other_records", others.filter_map(|record| record.text("name"))))
    }
}

fn first_label(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Email, Hostname, Ipv4},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const COMPUTER: &str = r#"{"result": [
        {"name": "ws-10", "ip_address": "10.1.1.10", "sys_id": "a"},
        {"name": "ws-1", "ip_address": "192.168.7.1,10.1.1.1", "sys_id": "b", "busines_criticality": "1 - high",
         "assignment_group": {"display_value": "Desktop", "link": "https://x"}, "sys_updated_on": "2024-01-02 03:04:05"}]}"#;
    const OTHER: &str = r#"{"result": [{"name": "ws-10", "ip_address": "10.1.1.10"}]}"#;
    const PERSON: &str = r#"{"result": [{"name": "Ada Example", "email": "Ada@corp.example", "vip": true, "active": "true"},
        {"name": "Another", "email": "another@corp.example"}]}"#;
    const TWINS: &str = r#"{"result": [{"name": "Ada Example"}, {"name": "Ada Exemplar"}]}"#;
    const SHORT: &str = r#"{"result": [{"name": "WS-1"}]}"#;
    const FOREIGN: &str = r#"{"result": [{"name": "ws-1", "fqdn": "ws-1.other.example"}]}"#;
    const HIT: (Outcome, Verdict) = (Outcome::Hit, Verdict::Unknown);
    const NOTHING: (Outcome, Verdict) = (Outcome::NotFound, Verdict::Unknown);

    pub(crate) const EXAMPLES: &[Example] = &[
        example("a private address", Ipv4, "10.1.1.1", &[(200, COMPUTER)]).means(HIT.0, HIT.1),
        example("an address like it", Ipv4, "10.1.1.1", &[(200, OTHER)]).means(NOTHING.0, NOTHING.1),
        example("a host by its short name", Hostname, "ws-1.corp.example", &[(200, SHORT)]).means(HIT.0, HIT.1),
        example("a host elsewhere", Hostname, "ws-1.corp.example", &[(200, FOREIGN)]).means(NOTHING.0, NOTHING.1),
        example("a person", Email, "ada@corp.example", &[(200, PERSON)]).means(HIT.0, HIT.1),
        example("people by name", Hostname, "ada", &[(200, TWINS)]).asked(USER).means(HIT.0, HIT.1),
        example("nothing", Ipv4, "10.1.1.1", &[(200, r#"{"result": []}"#)]).means(NOTHING.0, NOTHING.1),
        example("refused", Ipv4, "10.1.1.1", &[(401, r#"{"error": {}}"#)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, "10.1.1.1", &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a result", Ipv4, "10.1.1.1", &[(200, "{}")]),
    ];

    #[test]
    fn the_record_that_was_asked_for_is_told() {
        let evidence = EXAMPLES[0].read(&ServiceNow).unwrap().evidence;
        assert_eq!((&evidence["name"], &evidence["assignment_group"]), (&"ws-1".into(), &"Desktop".into()));
        assert_eq!(evidence["ip_addresses"], serde_json::json!(["192.168.7.1", "10.1.1.1"]));
        assert_eq!(evidence["business_criticality"], "1 - high");
        assert_eq!(evidence["sys_updated_on"], "2024-01-02T03:04:05Z");
        let person = EXAMPLES[4].read(&ServiceNow).unwrap().evidence;
        assert_eq!((&person["name"], &person["vip"]), (&"Ada Example".into(), &"true".into()));
        assert_eq!(EXAMPLES[5].read(&ServiceNow).unwrap().evidence["records"], 2);
        let page = EXAMPLES[0].read(&ServiceNow).unwrap().reference;
        assert_eq!(page.as_deref(), Some("/nav_to.do?uri=cmdb_ci_computer.do%3Fsys_id%3Db"));
    }

    #[test]
    fn a_value_adds_no_condition_to_the_query() {
        let email = observable(Email, "a^ORactive=true@corp.example");
        let Request::Http(request) = ServiceNow.ask(&Question::usual(&email)) else { panic!("not HTTP") };
        assert_eq!(request.query[0].1, "email=a^^ORactive=true@corp.example");
    }
}
