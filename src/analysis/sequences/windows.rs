//! The least likely part of a session.

use super::model::Step;

/// Some commands of a session in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The number of the first, from 0.
    pub start: usize,
    /// How many there are; one fewer than asked for where the end of the session is in the window.
    pub len: usize,
    /// The natural logarithm of their likelihood.
    pub log: f64,
}

impl Window {
    /// Without the end of the session, which is no command.
    pub(super) fn within(self, commands: usize) -> Self {
        Self { len: self.len.min(commands.saturating_sub(self.start)), ..self }
    }
}

/// The least likely window of `len` steps, the first of those that are as unlikely.
pub(super) fn rarest(steps: &[Step], len: usize, whole: bool) -> Option<Window> {
    let windows = steps.windows(len.max(1)).enumerate().map(|(start, window)| {
        let (first, others) = window.split_first()?;
        let begun = whole && start == 0;
        let log = first.alone_or_begun(begun) + others.iter().map(|step| step.after).sum::<f64>();
        Some(Window { start, len, log })
    });
    windows.flatten().reduce(|rarest, window| if window.log < rarest.log { window } else { rarest })
}
