//! What takes its time in the fake ARM: begun by a PUT, done after it was asked about so often.

use serde_json::{Value, json};

use super::State;
use crate::vendor::Reply;

/// Something that runs.
pub(super) struct Operation {
    path: String,
    body: Value,
    polls_left: u32,
    has_status: bool,
    is_done: bool,
}

impl State {
    /// Begins an operation, if this is something that takes its time.
    pub(super) fn begin_operation(&mut self, path: &str, body: &Value) -> Option<Reply> {
        let lower = path.to_lowercase();
        let (_, polls_left, has_status) = self.slow.iter().find(|(part, ..)| lower.contains(part))?;
        let (polls_left, has_status) = (*polls_left, *has_status);
        let number = self.operations.len();
        self.operations.push(Operation {
            path: path.to_owned(),
            body: body.clone(),
            polls_left,
            has_status,
            is_done: false,
        });
        let version = server::arm::versions::OPERATIONAL_INSIGHTS;
        let place = |kind: &str| format!("{}/subscriptions/x/{kind}/{number}?api-version={version}", self.base);
        let reply = Reply::json("").status(202).header("retry-after", "0");
        let reply = reply.header("location", &place("operationResults"));
        Some(if has_status { reply.header("azure-asyncoperation", &place("operationStatuses")) } else { reply })
    }

    /// Answers who asks about an operation.
    pub(super) fn poll(&mut self, path: &str) -> Option<Reply> {
        let (rest, number) = path.rsplit_once('/')?;
        let is_status = rest.ends_with("/operationStatuses");
        if !is_status && !rest.ends_with("/operationResults") {
            return None;
        }
        let operation = self.operations.get_mut(number.parse::<usize>().ok()?)?;
        if is_status != operation.has_status && !operation.is_done {
            return Some(Reply::json("").status(404));
        }
        if operation.polls_left > 0 {
            operation.polls_left -= 1;
            let running = if is_status { r#"{"status":"InProgress"}"# } else { "" };
            let status = if is_status { 200 } else { 202 };
            return Some(Reply::json(running).status(status).header("retry-after", "0"));
        }
        if !std::mem::replace(&mut operation.is_done, true) {
            let (path, body) = (operation.path.clone(), operation.body.clone());
            if body.pointer("/properties/fail").is_some() {
                let error = json!({ "code": "OperationFailed", "message": "it broke" });
                return Some(Reply::json(json!({ "status": "Failed", "error": error }).to_string()));
            }
            self.store.hold(&path, body);
        }
        let path = &self.operations.get(number.parse::<usize>().ok()?)?.path;
        let done = if is_status { json!({ "status": "Succeeded" }) } else { self.store.find(path)?.clone() };
        Some(Reply::json(done.to_string()))
    }
}
