//! How a described provider is asked: one request, and further pages as long as answers name them.

use serde_json::Value;

use super::{
    expression::{JsonPath, Names},
    template::{JsonTemplate, Template},
};
use crate::{Answer, Body, HttpRequest, Method, Question};

/// Names with texts that values are put into.
pub type Parameters = Vec<(String, Template)>;

/// The first request, and how to find the next.
pub struct Ask {
    /// Method.
    pub method: Method,
    /// Path below the base address.
    pub path: Template,
    /// Query parameters.
    pub query: Parameters,
    /// Headers.
    pub headers: Parameters,
    /// Body.
    pub content: Content,
    /// Further pages.
    pub next: Option<Next>,
}

/// The body of a request.
pub enum Content {
    /// None.
    Empty,
    /// JSON.
    Json(JsonTemplate),
    /// Form fields.
    Form(Parameters),
}

/// Where an answer names the page after it.
pub struct Next {
    /// An address or a cursor.
    pub at: JsonPath,
    /// The query parameter that takes the cursor; without one it is the address of the page.
    pub parameter: Option<String>,
    /// So many pages are read.
    pub pages: usize,
}

/// What requests can say of a question.
pub(super) fn names(question: &Question<'_>) -> Names {
    Names::from_iter([
        ("value".to_owned(), question.value().into()),
        ("kind".to_owned(), question.observable.kind().as_str().into()),
    ])
}

impl Ask {
    /// The first request; `None` if there is none for this value.
    pub(super) fn first(&'static self, question: &Question<'_>) -> Option<HttpRequest> {
        let names = names(question);
        let path = self.path.render(&names).filter(|path| path.starts_with('/'))?;
        let mut request = match self.method {
            Method::Get => HttpRequest::get(&path),
            Method::Post => HttpRequest::post(&path),
        };
        for (name, value) in &self.query {
            request = request.query(name, value.render(&names)?);
        }
        for (name, value) in &self.headers {
            request = request.header(name, header(value.render(&names)?)?);
        }
        match &self.content {
            Content::Empty => {}
            Content::Json(json) => request.body = Body::Json(json.render(&names)?),
            Content::Form(fields) => {
                for (name, value) in fields {
                    request = request.form(name, value.render(&names)?);
                }
            }
        }
        Some(request)
    }

    /// The request for the page that the last answer names.
    pub(super) fn next(&'static self, question: &Question<'_>, answers: &[Answer]) -> Option<HttpRequest> {
        let next = self.next.as_ref().filter(|next| answers.len() < next.pages)?;
        let last = answers.last()?.http().ok().filter(|answer| (200..300).contains(&answer.status))?;
        let cursor = match next.at.first(&last.json().ok()?)? {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let request = self.first(question)?;
        Some(match &next.parameter {
            Some(name) => request.query(name, cursor),
            None if cursor.starts_with("https://") || cursor.starts_with("http://") => {
                HttpRequest { path: cursor, query: Vec::new(), ..request }
            }
            None => return None,
        })
    }
}

/// A text that stays one header.
fn header(text: String) -> Option<String> {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')).then_some(text)
}
