//! The form of a picture in an answer: the one that `Accept` likes best.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, http::header};
use plots::{Plot, PlotError};
use serde::Serialize;
use utoipa::ToSchema;

use super::queried::Missing;
use crate::{
    api::{accept::choose, problem::Problem},
    pivots::pipeline::StepReport,
    queries::PartialError,
};

/// What an SVG may do when it is opened on its own: have its style and font, and nothing else.
const SVG_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:";

/// A form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlotForm {
    /// Shapes and text.
    Svg,
    /// Pixels.
    Png,
    /// A page to look closer.
    Html,
    /// The shapes as data.
    Json,
}

impl PlotForm {
    /// The forms by media type; the first is for those who do not say.
    const OFFERS: [(&'static str, Self); 4] = [
        ("image/svg+xml", Self::Svg),
        ("image/png", Self::Png),
        ("text/html", Self::Html),
        ("application/json", Self::Json),
    ];

    /// Writes a picture; a PNG with so many pixels for each of its own. As data it says what is missing from the rows.
    pub(crate) fn write(self, plot: &Plot<'_>, scale: f64, missing: Option<&Missing>) -> Result<Vec<u8>, PlotError> {
        Ok(match self {
            Self::Svg => plot.svg().into_bytes(),
            Self::Png => plot.png(scale)?,
            Self::Html => plot.html().into_bytes(),
            Self::Json => serde_json::to_vec(&Data { plot, missing }).unwrap_or_default(),
        })
    }

    /// Answers with a picture that is written.
    pub(crate) fn answer(self, body: Vec<u8>) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::VARY, "Accept")).insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
        let (media, policy) = match self {
            Self::Svg => ("image/svg+xml", Some(SVG_POLICY)),
            Self::Png => ("image/png", None),
            Self::Html => ("text/html; charset=utf-8", Some(plots::page_policy())),
            Self::Json => ("application/json", None),
        };
        if let Some(policy) = policy {
            response.insert_header((header::CONTENT_SECURITY_POLICY, policy));
        }
        response.content_type(media).body(body)
    }
}

impl FromRequest for PlotForm {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(choose(request, &Self::OFFERS))
    }
}

/// A picture as data, and what is missing from it.
#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    plot: &'a Plot<'a>,
    #[serde(flatten)]
    missing: Option<&'a Missing>,
}

/// A picture as data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlotData {
    /// The kind of plot.
    #[schema(example = "timeline")]
    kind: String,
    /// What it is called.
    title: String,
    /// What it shows, and what a reader must know to read it rightly: what was left out, joined or put together.
    notes: Vec<String>,
    /// Pixels from left to right.
    width: f64,
    /// Pixels from top to bottom.
    height: f64,
    /// The colour behind everything.
    background: String,
    /// All times are in it.
    #[schema(example = "UTC")]
    time_zone: String,
    /// Groups and shapes from back to front, with places, colours, what is said on hover (`title`) and the row of the table
    /// (`row`); a plot over time has the pixels and milliseconds of its axis (`axis`).
    shapes: Vec<serde_json::Value>,
    /// What is missing from the rows of a query, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    partial_errors: Option<Vec<PartialError>>,
    /// How each step of a pipeline ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    steps: Option<Vec<StepReport>>,
}
