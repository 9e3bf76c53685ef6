//! `/v1/enrich`: the main job.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, Accept, Header},
    post,
    web::Data,
};
use model::When;
use plots::PlotError;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    Operations,
    body::Body,
    caller::{Allowed, Caller, scope},
    limits::RequestLimits,
    observables::{ObservableInput, SideEffectName, deadline, permission, read_all, unknown_provider},
    openapi::ProviderId,
    problem::Problem,
};
use crate::{
    enrich::{self, Drawable, Enriched, Incoming, Manner, Plan, Rendered, Report},
    lookups::{Permission, elapsed_ms},
    services::Services,
    settings::{ContextPart, Profile, Scope},
    telemetry::TraceId,
};

/// Text up to this size is searched at once; more has threads of its own.
const SHORT_TEXT: usize = 64 * 1024;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(enrich_anything);
}

/// What is to be enriched: any of observables, text, entities, incident and alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnrichRequest {
    /// Observables.
    #[serde(default)]
    observables: Vec<ObservableInput>,
    /// Text that is searched for IoCs, defanged or not.
    #[serde(default)]
    #[schema(nullable = false)]
    text: Option<String>,
    /// Entities in any of Sentinel's spellings: of an incident trigger, of the connector's entity actions, of an alert.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    entities: Option<Value>,
    /// A Sentinel incident, as the incident trigger of a playbook gives it.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    incident: Option<Value>,
    /// A Sentinel alert.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    alert: Option<Value>,
    /// A named set of lookups and pivots from the settings.
    #[serde(default)]
    #[schema(nullable = false, default = "default")]
    profile: Option<String>,
    /// Ids of the providers to ask; those of the profile when left out.
    #[serde(default)]
    #[schema(value_type = Vec<ProviderId>, inline, nullable = false)]
    providers: Option<Vec<String>>,
    /// What else is asked about addresses and names: `whois` (whose they are, and since when), `dns` and `tls`; what the profile
    /// says when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    context: Option<Vec<ContextName>>,
    /// How far the observables may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green (the thing may be contacted), amber (third parties may be asked) or red (nothing
    /// that anybody outside could notice).
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pap: Option<String>,
    /// The side effects that asking may have, of those that the settings allow; all of these when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    allow_side_effects: Option<Vec<SideEffectName>>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// Pass on the providers' answers as received.
    #[serde(default)]
    include_raw: bool,
    /// The report as text and in pictures, too.
    #[serde(default)]
    render: Vec<Render>,
    /// Pivots to run, as `container.function`; those of the profile when left out. Each runs for every entity and observable
    /// that has it.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["MSSentinel.wevt_logons"]))]
    pivots: Option<Vec<String>>,
    /// When queries of pivots begin: RFC 3339, a number of days from now, or relative text; when left out, a day before what
    /// the incident is about, or else as the profile says.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    start: Option<When>,
    /// When they end.
    #[serde(default)]
    #[schema(value_type = String, nullable = false)]
    end: Option<When>,
}

/// What is asked about an observable besides what providers say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContextPart)]
pub(crate) enum ContextName {
    /// Whose it is, as the registries say.
    Whois,
    /// Where the name leads, or what the address is called.
    Dns,
    /// The certificate that it shows; only where servers may be contacted.
    Tls,
}

impl From<ContextName> for ContextPart {
    fn from(name: ContextName) -> Self {
        match name {
            ContextName::Whois => Self::Whois,
            ContextName::Dns => Self::Dns,
            ContextName::Tls => Self::Tls,
        }
    }
}

/// A way to write the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Render {
    /// Markdown.
    Markdown,
    /// HTML for a comment of a Sentinel incident, at most 30,000 characters.
    SentinelComment,
    /// HTML for a mail or a page.
    Html,
    /// The incident, its alerts and entities with their verdicts, as SVG.
    GraphSvg,
    /// The same as PNG, in base64.
    GraphPng,
    /// When what was sent happened, as SVG.
    TimelineSvg,
    /// The same as PNG, in base64.
    TimelinePng,
}

impl Render {
    pub(crate) const fn is_picture(self) -> bool {
        matches!(self, Self::GraphSvg | Self::GraphPng | Self::TimelineSvg | Self::TimelinePng)
    }
}

/// Enrich an incident, an alert, entities, text or observables
///
/// Finds the observables, asks every enabled provider about each at once, and the registries whose addresses and domains are,
/// adds what is known without asking, and says what all of it means. With `Accept: text/plain` or `text/markdown` the answer is the report as text.
#[utoipa::path(
    tag = "enrich",
    operation_id = "enrich_incident",
    request_body = EnrichRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, description = "Everything that is known.", content(
        (Report = "application/json"), (String = "text/plain"), (String = "text/markdown"),
    ))),
)]
#[post("/v1/enrich")]
async fn enrich_anything(
    allowed: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    trace_id: TraceId,
    request: HttpRequest,
    body: Body<EnrichRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let Body(body) = body;
    limits.check_items("/observables", body.observables.len())?;
    let choices = Choices {
        profile: body.profile,
        providers: body.providers,
        context: body.context,
        permission: permission(body.tlp.as_deref(), body.pap.as_deref(), body.allow_side_effects)?,
        refresh: body.refresh,
        include_raw: body.include_raw,
        pivots: body.pivots,
        start: body.start,
        end: body.end,
    };
    let deadline = deadline(body.deadline_ms, started)?;
    let (observables, rejected) = read_all(&body.observables);
    let drawable = body
        .render
        .iter()
        .any(|render| render.is_picture())
        .then(|| Drawable::read(body.incident.as_ref(), body.alert.as_ref(), body.entities.as_ref()));
    let incoming = Incoming {
        observables,
        rejected,
        text: body.text,
        entities: body.entities,
        incident: body.incident,
        alert: body.alert,
    };
    let plan = plan(&services, incoming, limits.items).await?;
    let manner = choices.manner(&services, &allowed.caller, &plan, deadline)?;
    let settings = services.settings().clone();
    let (world, pivots) = (services.world(&settings), services.pivots());
    let enriched = enrich::enrich(plan, manner, world, &pivots).await.map_err(|error| unknown_provider(&error))?;
    let pictures = match drawable {
        Some(drawable) => draw(&services, drawable, &enriched, body.render.clone()).await?,
        None => Rendered::default(),
    };
    Ok(answer(&request, trace_id, enriched, &body.render, pictures, started))
}

/// How something is to be enriched, as requests choose it.
pub(crate) struct Choices {
    pub(crate) profile: Option<String>,
    pub(crate) providers: Option<Vec<String>>,
    pub(crate) context: Option<Vec<ContextName>>,
    pub(crate) permission: Permission,
    pub(crate) refresh: bool,
    pub(crate) include_raw: bool,
    pub(crate) pivots: Option<Vec<String>>,
    pub(crate) start: Option<When>,
    pub(crate) end: Option<When>,
}

impl Choices {
    /// The manner that is chosen; what is not said is as the profile or the plan says.
    pub(crate) fn manner(
        self,
        services: &Services,
        caller: &Caller,
        plan: &Plan,
        deadline: Instant,
    ) -> Result<Manner, Problem> {
        let profile = profile(services, self.profile.as_deref())?;
        let (start, end) = match (self.start, self.end, plan.span) {
            (None, None, Some(span)) => (Some(When::at(span.start())), Some(When::at(span.end()))),
            (None, None, None) => (profile.start, profile.end),
            (start, end, _) => (start, end),
        };
        Ok(Manner {
            providers: self.providers.or_else(|| (!profile.lookups.is_empty()).then_some(profile.lookups)),
            context: self.context.map_or(profile.context, |parts| parts.into_iter().map(Into::into).collect()),
            permission: self.permission,
            deadline,
            refresh: self.refresh,
            include_raw: self.include_raw,
            pivots: self.pivots.unwrap_or(profile.pivots),
            may_query: caller.scopes.contains(Scope::Query),
            start,
            end,
        })
    }
}

/// The pictures that are wanted.
pub(crate) async fn draw(
    services: &Services,
    mut drawable: Drawable,
    enriched: &Enriched,
    render: Vec<Render>,
) -> Result<Rendered, Problem> {
    drawable.judge(&enriched.items);
    let draw = move || {
        let wanted = |render_as| render.contains(&render_as);
        Ok::<_, PlotError>(Rendered {
            graph_svg: wanted(Render::GraphSvg).then(|| drawable.graph_svg()).transpose()?,
            graph_png: wanted(Render::GraphPng).then(|| drawable.graph_png()).transpose()?,
            timeline_svg: wanted(Render::TimelineSvg).then(|| drawable.timeline_svg()).transpose()?,
            timeline_png: wanted(Render::TimelinePng).then(|| drawable.timeline_png()).transpose()?,
            ..Rendered::default()
        })
    };
    Ok(services.work.run(draw).await??)
}

/// The profile with this name, or the default one.
fn profile(services: &Services, name: Option<&str>) -> Result<Profile, Problem> {
    let settings = services.settings();
    let Some(name) = name else { return Ok(settings.profiles.get("default").cloned().unwrap_or_default()) };
    settings.profiles.get(name).cloned().ok_or_else(|| {
        let known: Vec<&str> = settings.profiles.keys().map(String::as_str).collect();
        Problem::invalid_at("/profile", format!("no such profile; there are {}", known.join(", ")))
    })
}

pub(crate) async fn plan(services: &Services, incoming: Incoming, limit: usize) -> Result<Plan, Problem> {
    let long = incoming.text.as_ref().is_some_and(|text| text.len() > SHORT_TEXT);
    let plan =
        if long { services.work.run(move || Plan::new(incoming, limit)).await? } else { Plan::new(incoming, limit) };
    Ok(plan?)
}

fn answer(
    request: &HttpRequest,
    trace_id: TraceId,
    enriched: Enriched,
    render: &[Render],
    pictures: Rendered,
    started: Instant,
) -> HttpResponse {
    let sheet = &enriched.sheet;
    match preferred_text(request) {
        Some("text/plain") => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(enrich::text(sheet)),
        Some(_) => HttpResponse::Ok().content_type("text/markdown; charset=utf-8").body(enrich::markdown(sheet)),
        None => HttpResponse::Ok().json(report(trace_id, enriched, render, pictures, started)),
    }
}

/// The report, with the texts that are wanted.
pub(crate) fn report(
    trace_id: TraceId,
    enriched: Enriched,
    render: &[Render],
    pictures: Rendered,
    started: Instant,
) -> Report {
    let Enriched { items, entities, graph, summary, rejected, complete, sheet } = enriched;
    let wanted = |render_as| render.contains(&render_as);
    Report {
        trace_id: trace_id.to_string(),
        verdict: sheet.verdict,
        summary,
        items,
        entities,
        graph: (!graph.entities.is_empty()).then_some(graph),
        rejected,
        rendered: Rendered {
            markdown: wanted(Render::Markdown).then(|| enrich::markdown(&sheet)),
            sentinel_comment: wanted(Render::SentinelComment).then(|| enrich::sentinel_comment(&sheet)),
            html: wanted(Render::Html).then(|| enrich::html(&sheet)),
            ..pictures
        },
        complete,
        elapsed_ms: elapsed_ms(started.elapsed()),
    }
}

/// Which text the caller would rather have than JSON.
fn preferred_text(request: &HttpRequest) -> Option<&'static str> {
    if !request.headers().contains_key(header::ACCEPT) {
        return None;
    }
    let preferred = Accept::parse(request).ok()?.preference();
    ["text/plain", "text/markdown"].into_iter().find(|text| preferred.essence_str() == *text)
}
