//! What the fake ARM does with threat intelligence: indicators made, found and tagged, and STIX objects uploaded.

use serde_json::{Value, json};

use super::{Arm, Shape, StoreView, below, refusal};
use crate::vendor::Reply;

/// Where indicators are.
const INDICATORS: &str = "threatIntelligence/main/indicators";

impl Arm {
    /// Lets it take threat intelligence.
    pub fn takes_intelligence(&self) -> &Self {
        self.acts("/createIndicator", |store, _, body| {
            if let Some(mistake) =
                Shape::of("microsoft.securityinsights/threatintelligence/indicators").and_then(|of| of.mistake(body))
            {
                return refusal(400, "BadRequest", &mistake);
            }
            let number = store.children(&below(INDICATORS)).len() + 1;
            let path = below(&format!("{INDICATORS}/00000000-0000-0000-0000-{number:012}"));
            store.hold(&path, body.clone());
            Reply::json(store.find(&path).expect("it was just put there").to_string()).status(201)
        });
        let base = self.base.clone();
        self.acts("/queryIndicators", move |store, _, body| {
            let words: Vec<&str> =
                body["keywords"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let mut all = store.children(&below(INDICATORS));
            all.retain(|indicator| words.iter().all(|word| indicator.to_string().contains(word)));
            let page = body["pageSize"].as_u64().unwrap_or(100) as usize;
            let skip: usize = body["skipToken"].as_str().map_or(0, |token| token.parse().expect("a token of ours"));
            let mut answer = json!({ "value": all.iter().skip(skip).take(page).collect::<Vec<_>>() });
            if skip + page < all.len() {
                let link = format!("{}?api-version=1&$skipToken={}", below("queryIndicators"), skip + page);
                answer["nextLink"] = json!(format!("{}{link}", base));
            }
            Reply::json(answer.to_string())
        });
        self.acts("/appendTags", |store, path, body| retag(store, path, body, "threatIntelligenceTags", true));
        self.acts("/replaceTags", |store, path, body| {
            retag(store, path, &body["properties"], "threatIntelligenceTags", false)
        });
        self.acts("/threat-intelligence-stix-objects:upload", |_, _, body| {
            let objects = body["stixobjects"].as_array().cloned().unwrap_or_default();
            if objects.len() > 100 || !body["sourcesystem"].is_string() {
                return refusal(400, "BadRequest", "at most 100 objects, and a source system");
            }
            let bad = objects.iter().enumerate().filter(|(_, object)| object["name"] == "bad");
            let errors: Vec<Value> = bad
                .map(|(index, _)| json!({ "recordIndex": index, "errorMessages": ["Error for Property=name"] }))
                .collect();
            Reply::json(if errors.is_empty() { String::new() } else { json!({ "errors": errors }).to_string() })
        })
    }
}

fn retag(store: &mut StoreView<'_>, path: &str, body: &Value, key: &str, keeps: bool) -> Reply {
    let (path, _) = path.rsplit_once('/').expect("an action has a resource");
    let Some(mut indicator) = store.find(path).cloned() else { return refusal(404, "NotFound", "no such indicator") };
    let mut tags = body[key].as_array().cloned().unwrap_or_default();
    if keeps {
        tags.splice(0..0, indicator["properties"][key].as_array().cloned().unwrap_or_default());
    }
    indicator["properties"][key] = json!(tags);
    store.hold(path, indicator);
    Reply::json("")
}
