//! `/v1/geo`: distances, and the databases that say where addresses are. Nothing is sent anywhere.

use std::time::SystemTime;

use actix_web::{HttpResponse, get, post, web::Data};
use chrono::{DateTime, SecondsFormat, Utc};
use model::{KindHint, Observable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    problem::{Kind, Problem},
};
use crate::{
    geo::{GeoDatabases, Position, distance_km},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(measure_distance).service(list_geo_databases);
}

/// Two places.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DistanceRequest {
    /// One place.
    from: PlaceInput,
    /// The other.
    to: PlaceInput,
}

/// A place: its coordinates, or an address that a database can locate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlaceInput {
    /// Degrees north, with `longitude`.
    #[serde(default)]
    #[schema(nullable = false, minimum = -90, maximum = 90, example = 47.6)]
    latitude: Option<f64>,
    /// Degrees east, with `latitude`.
    #[serde(default)]
    #[schema(nullable = false, minimum = -180, maximum = 180, example = -122.3)]
    longitude: Option<f64>,
    /// An address, in place of coordinates.
    #[serde(default)]
    #[schema(nullable = false)]
    ip: Option<String>,
}

/// How far it is.
#[derive(Debug, Serialize, ToSchema)]
struct DistanceAnswer {
    /// Along the great circle of a sphere with a radius of 6371 km.
    #[schema(example = 7699.755840564606)]
    distance_km: f64,
    /// One place.
    from: PlaceOutput,
    /// The other.
    to: PlaceOutput,
}

/// Where a place is.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceOutput {
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
}

impl From<Position> for PlaceOutput {
    fn from(Position { latitude, longitude }: Position) -> Self {
        Self { latitude, longitude }
    }
}

/// The geolocation databases.
#[derive(Debug, Serialize, ToSchema)]
struct GeoDatabaseList {
    /// The databases, in the order in which they are asked: the first that knows a field wins.
    items: Vec<GeoDatabaseItem>,
}

/// A geolocation database.
#[derive(Debug, Serialize, ToSchema)]
struct GeoDatabaseItem {
    /// What it calls itself.
    #[schema(example = "GeoLite2-City")]
    title: String,
    /// When it was made.
    #[schema(format = DateTime)]
    built_at: String,
    /// Seconds since then.
    age_s: u64,
    /// Whether it came with the service.
    bundled: bool,
}

/// Measure a distance
///
/// Between coordinates or addresses, by the haversine formula. An address is located only if a database with coordinates
/// is configured: the bundled ones know countries and networks.
#[utoipa::path(
    tag = "geo",
    operation_id = "measure_distance",
    request_body = DistanceRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = DistanceAnswer, description = "How far it is.")),
)]
#[post("/v1/geo/distance")]
async fn measure_distance(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    request: Body<DistanceRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(DistanceRequest { from, to }) = request;
    let (from, to) = (position("/from", &from, &services.geo)?, position("/to", &to, &services.geo)?);
    Ok(HttpResponse::Ok().json(DistanceAnswer { distance_km: distance_km(from, to), from: from.into(), to: to.into() }))
}

/// List the geolocation databases
///
/// Those of the operator first, then the bundled ones, each with its age.
#[utoipa::path(
    tag = "geo",
    operation_id = "list_geo_databases",
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = GeoDatabaseList, description = "Every database, in the order in which they are asked.")),
)]
#[get("/v1/geo/databases")]
async fn list_geo_databases(_: Allowed<scope::Lookup>, services: Data<Services>) -> HttpResponse {
    let now = SystemTime::now();
    let items = services.geo.states().into_iter().map(|state| GeoDatabaseItem {
        title: state.title,
        built_at: DateTime::<Utc>::from(state.built_at).to_rfc3339_opts(SecondsFormat::Secs, true),
        age_s: now.duration_since(state.built_at).unwrap_or_default().as_secs(),
        bundled: state.bundled,
    });
    HttpResponse::Ok().json(GeoDatabaseList { items: items.collect() })
}

/// Where a place of the request is; `pointer` says where it stands there.
fn position(pointer: &str, place: &PlaceInput, geo: &GeoDatabases) -> Result<Position, Problem> {
    match (place.latitude, place.longitude, &place.ip) {
        (Some(latitude), Some(longitude), None) => {
            if !(-90.0..=90.0).contains(&latitude) {
                return Err(Problem::invalid_at(format!("{pointer}/latitude"), "must be between -90 and 90"));
            }
            if !(-180.0..=180.0).contains(&longitude) {
                return Err(Problem::invalid_at(format!("{pointer}/longitude"), "must be between -180 and 180"));
            }
            Ok(Position { latitude, longitude })
        }
        (None, None, Some(ip)) => {
            let pointer = format!("{pointer}/ip");
            let address = Observable::parse(ip, Some(KindHint::Address)).ok().and_then(|address| address.address());
            let address = address.ok_or_else(|| Problem::invalid_at(&pointer, "not an IP address"))?;
            if !model::is_global(address) {
                return Err(Problem::invalid_at(&pointer, "not a global address: it is nowhere in particular"));
            }
            geo.position(address).ok_or_else(|| {
                let detail = "no database knows the coordinates of the address";
                Problem::new(Kind::Unsupported).detail(detail).at(pointer, detail)
            })
        }
        (Some(_), None, None) => Err(Problem::invalid_at(format!("{pointer}/longitude"), "missing")),
        (None, Some(_), None) => Err(Problem::invalid_at(format!("{pointer}/latitude"), "missing")),
        _ => Err(Problem::invalid_at(pointer, "give either latitude and longitude, or ip")),
    }
}
