//! How the fake ARM answers: token, version, body, then what the method does.

use std::{collections::HashMap, sync::Mutex};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use server::arm::versions;

use super::{AUDIENCE, Shape, State, filter, now, refusal, store::resource_type};
use crate::vendor::{Reply, Seen};

pub(super) async fn answer(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let seen = Seen {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: headers.collect(),
        body,
        at: now(),
    };
    let (reply, delay) = {
        let mut state = state.lock().expect("no test panics here");
        let delay = state.delay;
        (state.reply(seen), delay)
    };
    tokio::time::sleep(delay + reply.delay).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    for (name, value) in &reply.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response.body(reply.body)
}

impl State {
    fn reply(&mut self, seen: Seen) -> Reply {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let path = percent_decode_str(path).decode_utf8_lossy().trim_end_matches('/').to_owned();
        let text = format!("http://x/?{query}");
        let query: HashMap<String, String> =
            reqwest::Url::parse(&text).expect("a query").query_pairs().into_owned().collect();
        if path.ends_with("/oauth2/v2.0/token") {
            return self.tokens.issue(&seen.body);
        }
        if path == "/metadata/endpoints" {
            let clouds = json!([{ "name": "fake", "resourceManager": self.base, "authentication": {
                "loginEndpoint": self.base, "audiences": [format!("{AUDIENCE}/"), "https://management.core.windows.net/"]
            } }]);
            return Reply::json(clouds.to_string());
        }
        self.note(seen.clone());
        if let Some(refused) = self.tokens.refuse(seen.header("authorization")) {
            return refused;
        }
        let lower = path.to_lowercase();
        let fits = |instead: &super::Instead| {
            instead.times > 0 && lower.contains(&instead.part) && instead.method == seen.method
        };
        if let Some(instead) = self.instead.iter_mut().find(|instead| fits(instead)) {
            instead.times -= 1;
            return instead.reply.clone();
        }
        if let Some(refused) = refuse_version(&path, query.get("api-version").map(String::as_str)) {
            return refused;
        }
        let body = match (seen.body.is_empty(), serde_json::from_slice::<Value>(&seen.body)) {
            (true, _) => Value::Null,
            (false, Ok(body)) if seen.header("content-type").is_some_and(|of| of.starts_with("application/json")) => {
                body
            }
            _ => {
                return refusal(
                    400,
                    "InvalidRequestContent",
                    "The request content was invalid and could not be deserialized.",
                );
            }
        };
        let missing = || refusal(404, "NotFound", "The resource was not found.");
        match seen.method.as_str() {
            "GET" => self.poll(&path).or_else(|| self.read(&path, &query)).unwrap_or_else(missing),
            "PUT" => self.write(&path, body, seen.header("if-match")),
            "POST" => self.act(&path, &body).unwrap_or_else(missing),
            "DELETE" if self.store.remove(&path) => Reply::json("").status(200),
            "DELETE" => Reply::json("").status(204),
            _ => refusal(405, "MethodNotAllowed", "The method is not allowed."),
        }
    }

    fn read(&self, path: &str, query: &HashMap<String, String>) -> Option<Reply> {
        if let Some(resource) = self.store.find(path) {
            return Some(Reply::json(resource.to_string()));
        }
        // A collection stands below a resource that is there, or below a provider.
        let (parent, _) = path.rsplit_once('/')?;
        let is_collection =
            self.store.find(parent).is_some() || parent.rsplit('/').nth(1) == Some("providers") || parent.is_empty();
        let is_collection = is_collection || self.store.children(path).next().is_some();
        is_collection.then(|| self.page(path, query))
    }

    fn page(&self, path: &str, query: &HashMap<String, String>) -> Reply {
        let bad = |what: &str| refusal(400, "BadRequest", what);
        let Some(mut items) = filter::filtered(self.store.children(path), query.get("$filter").map(String::as_str))
        else {
            return bad("Invalid OData filter");
        };
        if let Some(order_by) = query.get("$orderby") {
            filter::sort(&mut items, order_by);
        }
        let top = match query.get("$top").map(|top| top.parse::<usize>()) {
            None => self.page,
            Some(Ok(top)) if (1..=1_000).contains(&top) => top,
            Some(_) => return bad("Invalid $top"),
        };
        let skip = query.get("$skipToken").map(|token| URL_SAFE_NO_PAD.decode(token).ok());
        let skip = match skip {
            None => 0,
            Some(Some(number)) if number.len() == 8 => {
                u64::from_be_bytes(number.try_into().expect("eight bytes")) as usize
            }
            Some(_) => return bad("Invalid $skipToken"),
        };
        let mut answer = json!({ "value": items.iter().skip(skip).take(top).collect::<Vec<_>>() });
        if skip + top < items.len() {
            let token = URL_SAFE_NO_PAD.encode(((skip + top) as u64).to_be_bytes());
            let mut link = reqwest::Url::parse(&format!("{}{path}", self.base)).expect("an address");
            let kept = query.iter().filter(|(name, _)| *name != "$skipToken");
            link.query_pairs_mut().extend_pairs(kept).append_pair("$skipToken", &token);
            answer["nextLink"] = json!(link.as_str());
        }
        Reply::json(answer.to_string())
    }

    fn write(&mut self, path: &str, body: Value, if_match: Option<&str>) -> Reply {
        if let Some(mistake) = Shape::of(&resource_type(path)).and_then(|shape| shape.mistake(&body)) {
            return refusal(400, "BadRequest", &format!("Invalid data model. {mistake}"));
        }
        let etag = if_match.or_else(|| body["etag"].as_str()).map(|etag| etag.trim_matches('"').to_owned());
        let old = self.store.find(path);
        let is_stale = |old: &Value| {
            etag.as_deref().is_some_and(|etag| old["etag"].as_str().unwrap_or_default().trim_matches('"') != etag)
        };
        if old.is_some_and(is_stale) {
            return refusal(
                412,
                "PreconditionFailed",
                "The resource has been modified; its etag is not the one that was sent.",
            );
        }
        if let Some(refused) = self.refuse_put(path, &body) {
            return refused;
        }
        if let Some(begun) = self.begin_operation(path, &body) {
            return begun;
        }
        let status = if self.store.find(path).is_some() { 200 } else { 201 };
        Reply::json(self.put(path, body).to_string()).status(status)
    }
}

/// Only the versions that exist are taken, each for its own resources.
fn refuse_version(path: &str, version: Option<&str>) -> Option<Reply> {
    let Some(version) = version else {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        return Some(refusal(400, "MissingApiVersionParameter", message));
    };
    let kind = resource_type(path).to_lowercase();
    let of = |what: &str| {
        let what = what.to_lowercase();
        kind == what || kind.starts_with(&format!("{what}/"))
    };
    let known = versions::ALL.iter().filter(|(what, _)| of(what)).max_by_key(|(what, _)| what.len());
    // Subscriptions, resource groups and operations belong to nobody else.
    let is_known = match known {
        Some((what, known)) if *what != "Microsoft.Resources" => version == *known,
        _ => versions::ALL.iter().any(|(_, known)| version == *known),
    };
    let message = || format!("The resource type could not be found for api version '{version}'.");
    (!is_known).then(|| refusal(400, "NoRegisteredProviderFound", &message()))
}
