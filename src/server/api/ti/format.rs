//! The formats of an answer and which of them a request wants.

use actix_web::{HttpRequest, HttpResponse, http::header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LookupAnswer, dbot, flat, found::Found, misp, msticpy, stix};
use crate::{
    api::{accept::choose, problem::Problem, tables::TableForm},
    enrich::Rejected,
};

const JSON: &str = "application/json";

/// STIX 2.1, as RFC 6838 registers it.
pub(super) const STIX: &str = "application/stix+json";

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// Items with findings.
    Default,
    /// A table: one row for each observable, for lookup tables of SIEMs.
    Flat,
    /// A table: one row for each observable and provider, with MSTICPy's columns.
    Msticpy,
    /// Cortex XSOAR's `DBotScore`.
    Dbot,
    /// A MISP event.
    Misp,
    /// A STIX 2.1 bundle.
    Stix,
}

/// A format and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Default,
    Flat(TableForm),
    Msticpy(TableForm),
    Dbot,
    Misp,
    /// In this media type.
    Stix(&'static str),
}

impl Form {
    /// What a request wants: the format that it names, or else what `Accept` asks for.
    pub(super) fn wanted(request: &HttpRequest, named: Option<Format>) -> Result<Self, Problem> {
        match named {
            None => {
                let tables = TableForm::alone().map(|(media, form)| (media, Self::Flat(form)));
                let offers: Vec<_> =
                    [(JSON, Self::Default), (STIX, Self::Stix(STIX))].into_iter().chain(tables).collect();
                choose(request, &offers)
            }
            Some(Format::Default) => choose(request, &[(JSON, Self::Default)]),
            Some(Format::Flat) => choose(request, TableForm::OFFERS).map(Self::Flat),
            Some(Format::Msticpy) => choose(request, TableForm::OFFERS).map(Self::Msticpy),
            Some(Format::Dbot) => choose(request, &[(JSON, Self::Dbot)]),
            Some(Format::Misp) => choose(request, &[(JSON, Self::Misp)]),
            Some(Format::Stix) => choose(request, &[(JSON, Self::Stix(JSON)), (STIX, Self::Stix(STIX))]),
        }
    }
}

/// What stands beside the rows of a table.
#[derive(Serialize)]
struct Beside<'a> {
    rejected: &'a [Rejected],
    complete: bool,
}

impl<'a> Beside<'a> {
    fn of(found: &'a Found) -> Self {
        Self { rejected: &found.rejected, complete: found.complete }
    }
}

/// The answer in this form.
pub(super) fn answer(form: Form, found: Found) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    Ok(match form {
        Form::Default => response.json(LookupAnswer::from(found)),
        Form::Flat(form) => form.answer(flat::table(&found)?, &Beside::of(&found)),
        Form::Msticpy(form) => form.answer(msticpy::table(&found)?, &Beside::of(&found)),
        Form::Dbot => response.json(dbot::answer(&found)),
        Form::Misp => response.json(misp::answer(&found)),
        Form::Stix(JSON) => response.json(stix::bundle(&found)),
        Form::Stix(_) => {
            response.content_type(format!("{STIX};version=2.1"));
            response.json(stix::bundle(&found))
        }
    })
}
