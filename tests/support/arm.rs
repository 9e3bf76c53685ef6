//! An Azure Resource Manager on loopback that behaves as the real one does: tokens with audiences that end, versions, shapes,
//! etags, pages with links, throttling, operations that take their time. It holds what it is given.

mod answering;
mod filter;
mod intelligence;
mod more_shapes;
mod operations;
mod resources;
mod shapes;
mod store;
mod tokens;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    web::{self, Data, PayloadConfig},
};
use serde_json::{Value, json};

use self::{operations::Operation, store::Store, tokens::Tokens};
pub use self::{
    resources::{alert, bookmark, entity, incident},
    shapes::Shape,
};
use crate::vendor::{Reply, Seen};

/// The subscription, the resource group and the name of the workspace that the settings name.
pub const SUBSCRIPTION: &str = "d0cfe6b2-9ac0-4464-9919-dccaee2e48c0";
/// See [`SUBSCRIPTION`].
pub const GROUP: &str = "soc-rg";
/// See [`SUBSCRIPTION`].
pub const WORKSPACE: &str = "soc-workspace";
/// The workspace's id in Log Analytics.
pub const WORKSPACE_ID: &str = "11111111-2222-3333-4444-555555555555";

/// For whom tokens must be.
const AUDIENCE: &str = "https://management.fake.example";

/// A reply that is given instead of what would be answered.
struct Instead {
    method: String,
    part: String,
    reply: Reply,
    times: usize,
}

/// What an action of a resource does, by the last segment of its path. Gets the path, and the body that was sent.
type Action = Box<dyn Fn(&mut Store, &str, &Value) -> Reply + Send>;

struct State {
    store: Store,
    tokens: Tokens,
    operations: Vec<Operation>,
    /// What takes its time: the beginning of a path below the workspace, how often it is asked about, and whether it has a
    /// status of its own.
    slow: Vec<(String, u32, bool)>,
    instead: Vec<Instead>,
    actions: Vec<(String, Action)>,
    seen: Vec<Seen>,
    delay: Duration,
    page: usize,
    base: String,
}

/// A fake ARM. Stops when dropped.
pub struct Arm {
    base: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl Arm {
    /// Starts one with an empty workspace.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    /// Starts one at an address.
    pub fn start_at(address: &str) -> Self {
        let state = Arc::new(Mutex::new(State {
            store: Store::default(),
            tokens: Tokens::default(),
            operations: Vec::new(),
            slow: Vec::new(),
            instead: Vec::new(),
            actions: Vec::new(),
            seen: Vec::new(),
            delay: Duration::ZERO,
            page: 50,
            base: String::new(),
        }));
        let data = Data::from(state.clone());
        let app = move || {
            let app = App::new().app_data(data.clone()).app_data(PayloadConfig::new(64 << 20));
            app.default_service(web::to(answering::answer))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0).bind(address);
        let server = server.expect("a free port");
        let base = format!("http://{}", server.addrs()[0]);
        state.lock().expect("no test panics here").base.clone_from(&base);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        let arm = Self { base, state, handle };
        arm.holds(
            &format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"),
            json!({ "location": "westeurope" }),
        );
        arm.holds(&workspace(), json!({ "properties": { "customerId": WORKSPACE_ID } }));
        arm
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The settings of a credential, `soc`, whose tokens it issues, and of the workspace, `soc`.
    pub fn settings(&self) -> String {
        format!(
            "{}sources:\n  soc:\n    kind: sentinel\n    credential: soc\n    workspace_id: {WORKSPACE_ID}\n    \
             subscription_id: {SUBSCRIPTION}\n    resource_group: {GROUP}\n    workspace_name: {WORKSPACE}\n    \
             arm_url: '{}'\n",
            self.credentials(),
            self.base
        )
    }

    /// The settings of the credential alone.
    pub fn credentials(&self) -> String {
        format!(
            "credentials: {{ soc: {{ kind: client_secret, tenant_id: tenant, client_id: app, secret: s3cret, \
             authority: '{}' }} }}\n",
            self.base
        )
    }

    /// Puts a resource there, unchecked, by its whole path. Its id, name and etag are added.
    pub fn holds(&self, path: &str, resource: Value) -> &Self {
        self.lock().store.hold(path, resource);
        self
    }

    /// Puts a resource into the workspace: `incidents/x` below Sentinel, or what begins with `/` below the workspace.
    pub fn has(&self, path: &str, resource: Value) -> &Self {
        self.holds(&below(path), resource)
    }

    /// A resource of the workspace, by its path as for [`Self::has`].
    pub fn resource(&self, path: &str) -> Option<Value> {
        self.lock().store.find(&below(path)).cloned()
    }

    /// All resources directly below a path as for [`Self::has`].
    pub fn list(&self, path: &str) -> Vec<Value> {
        self.lock().store.children(&below(path)).cloned().collect()
    }

    /// Answers otherwise, the next so many times that a path has this in it.
    pub fn instead(&self, method: &str, part: &str, times: usize, reply: Reply) -> &Self {
        let (method, part) = (method.to_owned(), part.to_lowercase());
        self.lock().instead.push(Instead { method, part, reply, times });
        self
    }

    /// What a POST does to paths that end like this.
    pub fn acts(
        &self,
        end: &str,
        action: impl Fn(&mut StoreView<'_>, &str, &Value) -> Reply + Send + 'static,
    ) -> &Self {
        let action: Action = Box::new(move |store, path, body| action(&mut StoreView(store), path, body));
        self.lock().actions.push((end.to_lowercase(), action));
        self
    }

    /// PUTs of paths with this in them take their time: they are asked about so often before they are done. With a status of
    /// their own (`Azure-AsyncOperation`), or only a place where the result will be (`Location`).
    pub fn takes_its_time(&self, part: &str, polls: u32, has_status: bool) -> &Self {
        self.lock().slow.push((part.to_lowercase(), polls, has_status));
        self
    }

    /// All tokens that it issued have ended.
    pub fn end_tokens(&self) -> &Self {
        self.lock().tokens.end_all();
        self
    }

    /// Tokens issued from now on are for somebody else.
    pub fn mistake_audience(&self) -> &Self {
        self.lock().tokens.mistake_audience();
        self
    }

    /// Tokens that were asked for.
    pub fn tokens_issued(&self) -> usize {
        self.lock().tokens.issued()
    }

    /// Time before each answer.
    pub fn delays(&self, delay: Duration) -> &Self {
        self.lock().delay = delay;
        self
    }

    /// Items of a page, unless `$top` says.
    pub fn pages_of(&self, items: usize) -> &Self {
        self.lock().page = items;
        self
    }

    /// Every request so far, those for tokens and metadata aside.
    pub fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics here")
    }
}

/// What actions may do with the resources.
pub struct StoreView<'a>(&'a mut Store);

impl StoreView<'_> {
    /// A resource by its whole path.
    pub fn find(&self, path: &str) -> Option<&Value> {
        self.0.find(path)
    }

    /// The resources directly below a path.
    pub fn children(&self, path: &str) -> Vec<Value> {
        self.0.children(path).cloned().collect()
    }

    /// Puts a resource there.
    pub fn hold(&mut self, path: &str, resource: Value) {
        self.0.hold(path, resource);
    }
}

/// The path of the workspace.
pub fn workspace() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.OperationalInsights/workspaces/{WORKSPACE}"
    )
}

/// The path of what is in the workspace.
pub fn below(path: &str) -> String {
    match path.strip_prefix('/') {
        Some(path) => format!("{}/{path}", workspace()),
        None => format!("{}/providers/Microsoft.SecurityInsights/{path}", workspace()),
    }
}

/// What Azure says when it refuses.
pub fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(json!({ "error": { "code": code, "message": message } }).to_string()).status(status)
}

/// What it says when a role is missing.
pub fn no_role(action: &str) -> Reply {
    let message = format!(
        "The client 'c1' with object id 'o1' does not have authorization to perform action '{action}' over scope \
         '{}' or the scope is invalid.",
        workspace()
    );
    refusal(403, "AuthorizationFailed", &message)
}

impl State {
    fn note(&mut self, seen: Seen) {
        self.seen.push(seen);
    }
}

impl Drop for Arm {
    fn drop(&mut self) {
        // The future of `stop` only reports the end; the order is given when it is made.
        drop(self.handle.stop(false));
    }
}

/// When a request came, for [`Seen`].
fn now() -> Instant {
    Instant::now()
}
