//! What a source is by itself: whom it takes, where it is, which templates are for it.

use std::time::Duration;

use serde_json::Value;

use crate::Body;

/// What is known about a kind of source.
#[derive(Debug)]
pub struct Facts {
    /// The word in settings and answers.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The data environments whose templates it runs, by MSTICPy's names; the first is its own.
    pub environments: &'static [&'static str],
    /// Where it is asked if the settings do not say.
    pub endpoint: Endpoint,
    /// How it knows who asks. The first for which the settings have what it needs is used.
    pub access: &'static [Access],
    /// What else has to be said about where it is asked.
    pub place: Option<Place>,
    /// The name of the column that says where a row is from, when several places were asked.
    pub origin_column: &'static str,
    /// Requests that the vendor allows, and in how many seconds.
    pub budgets: &'static [(u32, u32)],
    /// Whether it cannot be asked without a time.
    pub needs_time: bool,
    /// Queries at once.
    pub concurrency: u16,
    /// The longest that the vendor works on one query.
    pub longest: Duration,
}

impl Facts {
    /// What is usual.
    pub const DEFAULT: Self = Self {
        id: "",
        title: "",
        environments: &[],
        endpoint: Endpoint::Own,
        access: &[],
        place: None,
        origin_column: "connection",
        budgets: &[],
        needs_time: false,
        concurrency: 4,
        longest: Duration::from_mins(10),
    };
}

/// Where a source is asked if the settings do not say: a service of the credential's cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The settings have to say.
    Own,
    /// Log Analytics.
    LogAnalytics,
    /// Microsoft Graph.
    Graph,
    /// The API of Defender for Endpoint.
    Defender,
    /// Azure Resource Manager.
    ResourceManager,
    /// A folder of the machine.
    Folder,
    /// Always there.
    Fixed(&'static str),
}

/// The setting that says where within the source it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its key.
    pub key: &'static str,
    /// Whether it cannot be done without.
    pub required: bool,
    /// Whether it can be several.
    pub several: bool,
}

/// How a source knows who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It does not ask.
    Open,
    /// By a token of Entra.
    Entra,
    /// By a key in a header, after a word.
    Key(&'static str, &'static str),
    /// By user name and password with every request.
    Basic,
    /// By a session that begins with user name and password.
    Session(&'static Session),
    /// By user name and password in two headers of its own.
    Headers(&'static str, &'static str),
}

/// How a session begins and is shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    /// Where user name and password go.
    pub path: &'static str,
    /// In which form they go there.
    pub form: LoginForm,
    /// The names of the two fields.
    pub fields: (&'static str, &'static str),
    /// Members beside them.
    pub beside: &'static [(&'static str, &'static str)],
    /// Where the answer has what is shown with every request.
    pub ticket: Ticket,
    /// The header in which it is shown, and the word before it.
    pub header: (&'static str, &'static str),
    /// How long it holds.
    pub lifetime: Duration,
}

/// The form of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginForm {
    /// A form.
    Form,
    /// JSON.
    Json,
}

/// What the answer to a login has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticket {
    /// A member of the JSON, by its pointer (RFC 6901).
    Json(&'static str),
    /// The cookies.
    Cookies,
}

impl Session {
    /// The body of the login.
    pub fn body(&self, user: &str, password: &str) -> Body {
        let pairs = [(self.fields.0, user), (self.fields.1, password)].into_iter().chain(self.beside.iter().copied());
        match self.form {
            LoginForm::Form => Body::Form(pairs.map(|(name, value)| (name, value.to_owned())).collect()),
            LoginForm::Json => Body::Json(pairs.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()),
        }
    }
}
