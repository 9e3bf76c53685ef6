//! Where events are queried: templates, dialects and sources; it renders and reads, it never sends.

/// Names and texts of the files that are named, in a folder.
macro_rules! texts {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!($folder, $name))),)*]
    };
}

mod asim;
mod dialect;
mod documented;
mod environment;
mod facts;
mod gather;
mod local;
mod named;
mod pack;
mod parser;
mod postgres;
mod request;
mod source;
mod tabular;
mod template;
#[cfg(test)]
mod testing;
mod trouble;
mod types;

pub use asim::{ASIM, ASIM_NAMES};
pub use dialect::{Dialect, Unwritable};
pub use documented::{documented, documented_like};
pub use environment::Environment;
pub use facts::{Access, Endpoint, Facts, LoginForm, Place, Session, Ticket};
pub use gather::{Enough, Gatherer, HandOn};
pub use local::LOCAL;
pub use named::is_named;
pub use pack::PACK;
pub use parser::{Parser, read_parser};
pub use postgres::POSTGRES;
pub use request::{Body, Method, Request};
pub use source::{Answer, Conversation, Question, Source};
pub use template::{
    Arguments, Mistake, PARAMETER_ENTITIES, Parameter, ParameterType, Pivot, Refusal, Rendered, Routing, Template,
    TemplateFile, read_file,
};
pub use trouble::{Trouble, TroubleKind, of_status};

/// Declares the modules and the list of sources from one table.
macro_rules! sources {
    ($($module:ident :: {$($source:ident),+},)*) => {
        $(mod $module;)*

        /// Every source that is asked over HTTP, in alphabetical order.
        pub static ALL: &[&dyn Source] = &[$($(&$module::$source,)+)*];
    };
}

sources! {
    clickhouse::{ClickHouse},
    crowdstrike::{CrowdStrike},
    cybereason::{Cybereason},
    defender::{Defender, GraphHunting},
    elastic::{Elastic, OpenSearch},
    graph_security::{GraphSecurity},
    kusto::{Kusto},
    log_analytics::{LogAnalytics},
    openobserve::{OpenObserve},
    prisma_cloud::{PrismaCloud},
    resource_graph::{ResourceGraph},
    sentinel_search::{SentinelSearch},
    splunk::{Splunk, SplunkJobs},
    sumologic::{SumoLogic},
}
