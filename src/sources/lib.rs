//! Where events are queried: templates, dialects and sources; it renders and reads, it never sends.

mod dialect;
mod environment;
mod pack;
mod template;

pub use dialect::{Dialect, Unwritable};
pub use environment::Environment;
pub use pack::PACK;
pub use template::{
    Arguments, Mistake, PARAMETER_ENTITIES, Parameter, ParameterType, Pivot, Refusal, Rendered, Routing, Template,
    TemplateFile, read_file,
};
