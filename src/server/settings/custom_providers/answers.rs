//! `read`: the values in an answer, and the rules that judge by them.

use model::{Outcome, Verdict};
use providers::{
    Purpose,
    custom::{ANSWER, Expression, JsonPath, Judge, OutcomeRule, Template, VerdictRule},
};

use super::{
    super::{
        kinds::{self, Wrong},
        section::Section,
    },
    compiled,
    definition::{Known, VERDICTS},
};

/// How an answer can be none. A hit and a clean answer are verdicts.
const OUTCOMES: [Outcome; 6] = [
    Outcome::NotFound,
    Outcome::Unsupported,
    Outcome::RateLimited,
    Outcome::Unauthorized,
    Outcome::Timeout,
    Outcome::Error,
];

pub(super) fn read(section: &Section<'_>, purpose: Option<Purpose>) -> Option<Judge> {
    let fields = section.values("fields", named_path);
    let lists = section.values("lists", named_path);
    let known = Known::new(section.names("fields").chain(section.names("lists")));
    let computed = section.values("computed", |name, text| {
        value_name(name)?;
        compiled(Expression::compile(text, known.all()))
    });
    let known = known.and(section.names("computed"));
    let outcomes = section.items("outcomes", |section| outcome(section, &known));
    let verdicts = section.items("verdicts", |section| verdict(section, &known));
    let evidence = section.list("evidence", |text| known.own(text));
    let related = section.list("related", |text| known.own(text));
    let reference = section.optional("reference", |text| {
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        let allowed = || Wrong::allowed("an address that begins with https://");
        if is_address { compiled(Template::address(text, known.all())) } else { Err(allowed()) }
    });
    if purpose == Some(Purpose::Context) && section.has("verdicts") {
        section.tell(
            "verdicts",
            "what is asked for context gets no verdict",
            "purpose: threat_intelligence, or no verdicts",
        );
        return None;
    }
    Some(Judge {
        fields: fields?,
        lists: lists?,
        computed: computed?,
        outcomes: outcomes?,
        verdicts: verdicts?,
        evidence: evidence?,
        related: related?,
        reference: reference?,
    })
}

fn named_path(name: &str, text: &str) -> Result<JsonPath, Wrong> {
    value_name(name)?;
    compiled(JsonPath::compile(text))
}

/// A name that expressions can use and that does not hide one of theirs.
fn value_name(name: &str) -> Result<(), Wrong> {
    let mut letters = name.chars();
    let is_name = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    const WORDS: [&str; 12] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "range", "dict"];
    if is_name && !ANSWER.contains(&name) && !WORDS.contains(&name) {
        Ok(())
    } else {
        Err(Wrong::allowed(
            "under a name of letters, digits and _ that is not taken (value, kind, status, words of Jinja)",
        ))
    }
}

fn outcome(section: &Section<'_>, known: &Known) -> Option<OutcomeRule> {
    let condition = condition(section, known);
    let outcome = section.required("outcome", kinds::one_of(OUTCOMES.map(|outcome| (outcome.as_str(), outcome))));
    let reason = section.optional("reason", kinds::name);
    let (when, lacks) = condition?;
    if when.is_none() && lacks.is_empty() {
        section.tell("when", "missing", "an expression, or lacks: [names]");
        return None;
    }
    Some(OutcomeRule { when, lacks, outcome: outcome?, reason: reason? })
}

fn verdict(section: &Section<'_>, known: &Known) -> Option<VerdictRule> {
    let condition = condition(section, known);
    let verdict: Option<Verdict> = section.required("verdict", kinds::one_of(VERDICTS));
    let score = section.optional("score", |text| compiled(Expression::compile(text, known.all())));
    let (when, lacks) = condition?;
    Some(VerdictRule { when, lacks, verdict: verdict?, score: score? })
}

fn condition(section: &Section<'_>, known: &Known) -> Option<(Option<Expression>, Vec<String>)> {
    let when = section.optional("when", |text| compiled(Expression::compile(text, known.all())));
    let lacks = section.list("lacks", |text| known.own(text));
    Some((when?, lacks?))
}
