//! RDAP: whose a network, a domain or an autonomous system is, as its registry says. <https://www.rfc-editor.org/rfc/rfc9082>
//!
//! Which registry that is, IANA's bootstrap files say; a registry that is not the right one redirects to it. Where the
//! settings name a server, that one is asked about everything.

mod answer;
mod bootstrap;
mod cidr;
mod jcard;

use std::time::Duration;

use model::ObservableKind;
use url::Url;

use self::answer::Object;
use crate::{
    Answer, Facts, HttpAnswer, HttpRequest, Misread, SystemRegistry, Provider, Purpose, Question, Reading, Request,
};

static FACTS: Facts = Facts {
    id: "rdap",
    title: "RDAP",
    purpose: Purpose::Network,
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6, ObservableKind::Domain],
    // Redirects to the registry that holds a network, for those that are in no bootstrap file.
    base_url: "https://rdap.arin.net/registry",
    fresh: Duration::from_hours(24),
    fresh_unknown: Duration::from_hours(1),
    concurrency: 10,
    ..Facts::DEFAULT
};

pub(crate) struct Rdap;

impl Provider for Rdap {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let (class, registry) = match question.observable.address() {
            Some(address) => ("/ip", bootstrap::of_address(address)),
            None => ("/domain", bootstrap::of_domain(question.value())),
        };
        // For networks somebody is asked who redirects; no registry knows the domains of all others.
        if registry.is_none() && class == "/domain" && !question.own_server {
            return Request::Nothing;
        }
        request(class, registry.filter(|_| !question.own_server).as_deref(), question.value())
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        // One server for everything has no links that lead further.
        if question.own_server || answers.len() > 1 {
            return None;
        }
        let object: Object = answers.first()?.http().ok().filter(|answer| answer.status == 200)?.json().ok()?;
        let rel = if question.observable.address().is_some() { "up" } else { "related" };
        let link = object.links.0.iter().find(|link| link.rel.is(rel) && link.r#type.is("application/rdap+json"))?;
        // Not to another scheme, and not the answer once more.
        let url = Url::parse(link.href.as_deref()?).ok().filter(|url| url.scheme() == "https" && url.has_host())?;
        let itself = object.links.0.iter().any(|other| other.rel.is("self") && other.href.as_deref() == Some(url.as_str()));
        (!itself).then(|| HttpRequest::get(url.as_str()).header("Accept", ACCEPT).into())
    }

    fn can_do_without(&self, answers: &[Answer]) -> bool {
        !answers.is_empty()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let object = match object(crate::first(answers)?.http()?)? {
            Ok(object) => object,
            Err(reading) => return Ok(reading),
        };
        let more: Vec<Object> = answers
            .iter()
            .skip(1)
            .filter_map(|answer| self::object(answer.http().ok()?).ok()?.ok())
            .collect();
        Ok(match question.observable.address() {
            Some(_) => object.network(&more),
            None => object.domain(more.first()),
        })
    }

    fn systems(&self) -> Option<&dyn SystemRegistry> {
        Some(self)
    }

    fn guides(&self) -> &'static [&'static str] {
        bootstrap::FILES
    }

    fn learn(&self, guide: &str, body: &[u8]) -> Result<(), Misread> {
        bootstrap::learn(guide, body)
    }
}

impl SystemRegistry for Rdap {
    fn ask_system(&self, asn: u32, own_server: bool, answers: &[Answer]) -> Option<Request> {
        let registry = bootstrap::of_system(asn).filter(|_| !own_server);
        answers.is_empty().then(|| request("/autnum", registry.as_deref(), &asn.to_string()))
    }

    fn read_system(&self, _: u32, answers: &[Answer]) -> Result<Reading, Misread> {
        Ok(object(crate::first(answers)?.http()?)?.map_or_else(|reading| reading, |object| object.system()))
    }
}

/// JSON is what a server that knows no media type of RDAP may still have.
const ACCEPT: &str = "application/rdap+json, application/json;q=0.5";

fn request(class: &str, registry: Option<&str>, value: &str) -> Request {
    let path = format!("{}{class}", registry.unwrap_or_default());
    HttpRequest::get(&path).segment(value).header("Accept", ACCEPT).into()
}

/// The object in an answer, or what the answer means without one.
fn object(answer: &HttpAnswer) -> Result<Result<Object, Reading>, Misread> {
    // Also without a body or with a page (RFC 7480 section 5.3).
    if answer.status == 404 {
        return Ok(Err(Reading::not_found()));
    }
    if let Some(reading) = answer.usual_meaning() {
        return Ok(Err(reading));
    }
    let object: Object = answer.json()?;
    // Some say 200 and mean the code in the body.
    let code = object.error_code.0.filter(|code| (400.0..600.0).contains(code));
    if let Some(reading) = code.and_then(|code| Reading::of_status(code as u16)) {
        return Ok(Err(reading));
    }
    if object.object_class_name.0.is_none() {
        return Err(Misread::Lacking("objectClassName"));
    }
    Ok(Ok(object))
}

#[cfg(test)]
pub(crate) mod tests;
