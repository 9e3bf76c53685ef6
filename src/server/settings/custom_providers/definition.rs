//! A definition as a whole: what the provider is, how it comes to its answers, and what it was once answered.

use std::{collections::BTreeSet, path::Path};

use model::{KindHint, Observable, ObservableKind, Outcome, Verdict};
use providers::{
    Facts, HttpAnswer, Purpose, SideEffect,
    custom::{Credentials, Definition, Example, Expected, Way},
};

use super::{
    super::{
        kinds::{self, Wrong},
        providers::window,
        section::Section,
    },
    answers, lists, requests,
};

/// A year.
const LONGEST_S: u64 = 366 * 24 * 3600;

/// Reads it. Files that it names lie beside it.
pub(super) fn read(section: &Section<'_>, folder: &Path, text: &str) -> Option<Definition> {
    let id = section.required("id", id);
    let title = section.required("title", kinds::name);
    let purposes = [("threat_intelligence", Purpose::ThreatIntelligence), ("context", Purpose::Context)];
    let purpose = section
        .optional("purpose", kinds::one_of(purposes))
        .map(|purpose| purpose.unwrap_or(Purpose::ThreatIntelligence));
    let kinds =
        section.list("kinds", kind).filter(|kinds| !section.is_missing("kinds", kinds.is_empty(), &kind_names()));
    let base_url = section.optional("base_url", kinds::web_address);
    let auth = section.section("auth", credentials);
    let budgets = section.items("budgets", window);
    let fresh = section.optional("fresh_s", kinds::seconds(0..=LONGEST_S));
    let fresh_unknown = section.optional("fresh_unknown_s", kinds::seconds(0..=LONGEST_S));
    let timeout = section.optional("timeout_ms", kinds::milliseconds(1..=100_000));
    let max_tlp = section.optional("max_tlp", kinds::tlp);
    let side_effects = [SideEffect::Passive, SideEffect::Publishes, SideEffect::Active].map(|e| (e.as_str(), e));
    let side_effect = section.optional("side_effect", kinds::one_of(side_effects));
    let answers_private = section.optional("answers_private", kinds::flag);
    let licence_note = section.optional("licence_note", kinds::name);
    let examples = section.items("examples", example);

    let mut base_url = base_url.map(|url| url.map(|url| url.as_str().trim_end_matches('/').to_owned()));
    let way = match (section.has("ask"), section.has("list")) {
        (true, false) => {
            let ask = section.section("ask", |section| requests::read(section, kinds.as_deref().unwrap_or_default()));
            let judge = section.section("read", |section| answers::read(section, purpose));
            ask.zip(judge).map(|(ask, judge)| Way::Ask(Box::new(ask), Box::new(judge)))
        }
        (false, true) => {
            let list = section.section("list", |section| lists::read(section, folder, purpose));
            list.map(|(list, origin)| {
                base_url = Some(origin);
                Way::List(list)
            })
        }
        _ => {
            section.tell("ask", "not one way to an answer", "either ask and read, or list");
            None
        }
    };
    let is_list = matches!(way, Some(Way::List(_)));
    Some(Definition {
        id: id?,
        title: title?,
        purpose: purpose?,
        kinds: kinds?,
        base_url: base_url?.unwrap_or_default(),
        auth: auth?,
        budgets: budgets?,
        fresh: fresh?.unwrap_or(Facts::DEFAULT.fresh),
        fresh_unknown: fresh_unknown?.unwrap_or(Facts::DEFAULT.fresh_unknown),
        timeout: timeout?.unwrap_or(Facts::DEFAULT.timeout),
        max_tlp: max_tlp?.unwrap_or(Facts::DEFAULT.max_tlp),
        side_effect: side_effect?.unwrap_or(Facts::DEFAULT.side_effect),
        // Nothing leaves for a list, and what one's own systems know is just what is private.
        answers_private: answers_private?.unwrap_or(is_list || purpose == Some(Purpose::Context)),
        licence_note: licence_note?,
        revision: revision(text),
        way: way?,
        examples: examples?,
    })
}

/// The 32-bit FNV-1a digest of a definition: the same on every replica.
fn revision(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |digest, byte| (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn id(text: &str) -> Result<String, Wrong> {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.bytes().all(is_name) && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.len() <= 64 {
        Ok(text.to_owned())
    } else {
        Err(Wrong::allowed("lower-case letters, digits and _, beginning with a letter"))
    }
}

fn kind_names() -> String {
    kinds::or(ObservableKind::ALL)
}

fn kind(text: &str) -> Result<ObservableKind, Wrong> {
    let found = ObservableKind::ALL.iter().find(|kind| kind.as_str() == text);
    found.copied().ok_or_else(|| Wrong::allowed(kind_names()))
}

fn credentials(section: &Section<'_>) -> Option<Credentials> {
    const KINDS: [&str; 6] = ["none", "bearer", "basic", "header", "query", "cookie"];
    let kind = section.optional("kind", kinds::one_of(KINDS.map(|kind| (kind, kind))));
    let is_optional = section.optional("optional", kinds::flag);
    let name = match kind.flatten() {
        Some("header") => section.required("name", requests::header_name),
        Some("query" | "cookie") => section.required("name", requests::parameter_name),
        _ if section.has("name") => {
            section.tell("name", "this kind of credentials has no name", "header, query or cookie as kind");
            None
        }
        _ => Some(String::new()),
    };
    let (kind, is_optional, name) = (kind?.unwrap_or("none"), is_optional?.unwrap_or(false), name?);
    Some(match (kind, is_optional) {
        ("none", false) => Credentials::None,
        ("bearer", false) => Credentials::Bearer,
        ("basic", false) => Credentials::Basic,
        ("header", false) => Credentials::Header(name),
        ("header", true) => Credentials::OptionalHeader(name),
        ("query", false) => Credentials::Query(name),
        ("query", true) => Credentials::OptionalQuery(name),
        ("cookie", false) => Credentials::Cookie(name),
        _ => {
            section.tell("optional", "this kind of credentials cannot be left out", "header or query as kind");
            return None;
        }
    })
}

/// Names of verdicts.
pub(super) const VERDICTS: [(&str, Verdict); 4] = [
    (Verdict::Malicious.as_str(), Verdict::Malicious),
    (Verdict::Suspicious.as_str(), Verdict::Suspicious),
    (Verdict::Benign.as_str(), Verdict::Benign),
    (Verdict::Unknown.as_str(), Verdict::Unknown),
];

fn example(section: &Section<'_>) -> Option<Example> {
    const OUTCOMES: [Outcome; 8] = [
        Outcome::Hit,
        Outcome::Clean,
        Outcome::NotFound,
        Outcome::Unsupported,
        Outcome::RateLimited,
        Outcome::Unauthorized,
        Outcome::Timeout,
        Outcome::Error,
    ];
    let name = section.required("name", kinds::name);
    let named_kind = section.optional("kind", kind);
    let hint = named_kind.flatten().map(KindHint::Exactly);
    let observable = section.required("value", |text| {
        Observable::parse(text, hint).map_err(|rejection| Wrong::allowed(format!("an observable: {rejection}")))
    });
    let answers = section.items("answers", answer);
    let outcome = section.required("outcome", kinds::one_of(OUTCOMES.map(|outcome| (outcome.as_str(), outcome))));
    let verdict = section.optional("verdict", kinds::one_of(VERDICTS));
    let score = section.optional("score", kinds::whole(0..=100));
    let evidence = section.values("evidence", |_, text| kinds::text(text));
    let answers = answers.filter(|answers| !section.is_missing("answers", answers.is_empty(), "answers with a body"));
    named_kind?;
    let expected = Expected { outcome: outcome?, verdict: verdict?, score: score?, evidence: evidence? };
    Some(Example { name: name?, observable: observable?, answers: answers?, expected })
}

fn answer(section: &Section<'_>) -> Option<HttpAnswer> {
    let status = section.optional("status", kinds::whole(100..=599));
    let headers = section.values("headers", |_, text| kinds::text(text));
    let body = section.optional("body", kinds::text);
    let headers = headers?.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    Some(Example::answer(status?.unwrap_or(200), headers, body?.unwrap_or_default()))
}

/// The names that rules of a definition may use, and those that are its own.
pub(super) struct Known {
    own: BTreeSet<String>,
}

impl Known {
    pub(super) fn new(own: impl IntoIterator<Item = String>) -> Self {
        Self { own: own.into_iter().collect() }
    }

    /// These and some more.
    pub(super) fn and(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.own.extend(more);
        self
    }

    /// All that an expression may use.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(String::as_str).chain(providers::custom::ANSWER.iter().copied())
    }

    /// A name of the definition's own.
    pub(super) fn own(&self, text: &str) -> Result<String, Wrong> {
        if self.own.contains(text) { Ok(text.to_owned()) } else { Err(Wrong::allowed(kinds::or(&self.own))) }
    }
}
