//! The closed set of kinds of failure; every error of the service says which it is.

/// What kind of failure an error is. The edge turns it into a status, a type and a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request cannot be understood.
    Invalid,
    /// There is no such thing.
    Missing,
    /// This installation cannot do that.
    Unsupported,
    /// The caller may not do that.
    Denied,
    /// The state of the thing forbids it now.
    Conflict,
    /// A size limit was passed.
    TooLarge,
    /// A rate or concurrency limit was reached.
    Exhausted,
    /// Another service failed.
    Upstream,
    /// It took too long.
    Timeout,
    /// Not now: starting, draining or overloaded.
    Unavailable,
    /// Something is wrong on our side.
    Internal,
}

/// An error that knows which kind of failure it is.
pub trait Faulty: std::error::Error {
    /// The kind of failure.
    fn fault(&self) -> Fault;
}
