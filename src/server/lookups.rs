//! What the providers know about observables: who is asked, all at once, and what they say together.
//!
//! A provider that fails is never an error here: it is a finding with its outcome.

mod asker;
mod call;
mod combine;
mod fan_out;
mod gate;
mod guides;
mod lists;
mod member;
mod networks;
mod pass;
mod roster;
mod runner;
mod search;
mod systems;

pub use combine::{Combined, combine};
pub use fan_out::{Answered, Ask, Item, Lookups, elapsed_ms};
pub use gate::Permission;
pub use lists::{ListState, Lists};
pub use member::Member;
pub use roster::{Roster, UnknownProvider};
pub use runner::{Parts, Runner};
pub use search::{SearchAsk, Searched};
