//! Pipelines by name: those that are compiled in, and the operator's own files over them.
//!
//! A mistake in a file is told and counts for its pipeline alone; nothing here stops the service.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Map, Value};

use super::{Mistake, PipelineDocument, document::read_yaml, parameters, plan::MOST_STEPS, step::Step};
use crate::templates::{YAML, files};

/// Those that are compiled in.
const SHIPPED: &[&str] = &[
    include_str!("shipped/ip_triage.yaml"),
    include_str!("shipped/host_triage.yaml"),
    include_str!("shipped/suspicious_sign_ins.yaml"),
];

/// Every pipeline that has a name.
#[derive(Debug, Default)]
pub struct Pipelines {
    by_name: BTreeMap<String, ShelvedPipeline>,
}

/// A pipeline and whose it is.
#[derive(Debug, Clone)]
pub struct ShelvedPipeline {
    /// As it is written.
    pub document: PipelineDocument,
    /// Whether it is compiled in.
    pub is_shipped: bool,
}

impl Pipelines {
    /// Reads them. Blocks.
    pub fn load(paths: &[PathBuf]) -> Self {
        let mut all = Self::default();
        for text in SHIPPED {
            all.add("a pipeline of pivotd", text, true);
        }
        for path in paths {
            let name = path.display().to_string();
            match files(path, &YAML) {
                Ok(files) => {
                    for file in files {
                        let name = file.display().to_string();
                        match fs::read_to_string(&file) {
                            Ok(text) => all.add(&name, &text, false),
                            Err(error) => tell(&name, &Mistake::new("", format!("cannot be read: {error}"))),
                        }
                    }
                }
                Err(error) => tell(&name, &Mistake::new("", format!("cannot be read: {error}"))),
            }
        }
        all
    }

    fn add(&mut self, file: &str, text: &str, is_shipped: bool) {
        let read = match read_yaml(text) {
            Ok(read) => read,
            Err(mistake) => return tell(file, &mistake),
        };
        for (name, document) in read {
            match check(&document) {
                Ok(()) => {
                    self.by_name.insert(name, ShelvedPipeline { document, is_shipped });
                }
                Err(mistake) => tell(file, &mistake.below(&format!("/pipelines/{name}"))),
            }
        }
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ShelvedPipeline)> {
        self.by_name.iter().map(|(name, pipeline)| (name.as_str(), pipeline))
    }

    /// The pipeline of a name.
    pub fn find(&self, name: &str) -> Option<&ShelvedPipeline> {
        self.by_name.get(name)
    }
}

fn tell(file: &str, mistake: &Mistake) {
    tracing::warn!(file, pointer = %mistake.pointer, what = %mistake.what, "a pipeline is left out");
}

/// What can be seen of a pipeline before it is told anything: that its names are declared, and that the steps in which none
/// stands can be understood.
fn check(document: &PipelineDocument) -> Result<(), Mistake> {
    if document.steps.is_empty() || document.steps.len() > MOST_STEPS {
        return Err(Mistake::new("/steps", format!("from 1 to {MOST_STEPS} steps")));
    }
    let parameters = document.parameters.iter();
    let declared: Map<String, Value> =
        parameters.map(|(name, parameter)| (name.clone(), parameter.default.clone().unwrap_or(Value::Null))).collect();
    let first =
        |mistakes: Vec<Mistake>| mistakes.into_iter().next().unwrap_or_else(|| Mistake::new("", "not understood"));
    let filled = parameters::fill(&document.steps, &declared).map_err(first)?;
    for (index, (raw, filled)) in document.steps.iter().zip(&filled).enumerate() {
        let names = parameters::names(std::slice::from_ref(raw));
        if names.iter().all(|name| document.parameters.get(name).is_some_and(|known| known.default.is_some())) {
            Step::read(index, filled)?;
        }
    }
    Ok(())
}
