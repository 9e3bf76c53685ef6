//! The HTTP edge: who calls, what they may ask, how it is answered, and how it is documented.

mod body;
mod limits;
mod problem;
mod query_string;

pub use body::Body;
pub use limits::RequestLimits;
pub use problem::{Kind, Problem};
pub use query_string::QueryString;
