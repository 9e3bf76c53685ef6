//! The text of a query while it is written: blank lines are left out, lines within values stay.

use crate::Unwritable;

/// A text that leaves out blank lines: of parameters that are to hold a line and hold none. Lines within values stay.
pub(super) struct Lines {
    out: String,
    /// Where the current line begins.
    begin: usize,
    /// Whether a value stands in it.
    is_kept: bool,
}

impl Lines {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), begin: 0, is_kept: false }
    }

    pub(super) fn push_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            self.out.push_str(line);
            self.end_line();
            rest = after;
        }
        self.out.push_str(rest);
    }

    fn end_line(&mut self) {
        let is_blank = !self.is_kept && self.out.get(self.begin..).is_none_or(|line| line.trim().is_empty());
        if is_blank {
            self.out.truncate(self.begin);
        } else {
            self.out.push('\n');
            self.begin = self.out.len();
        }
        self.is_kept = false;
    }

    pub(super) fn push_value(
        &mut self,
        write: impl FnOnce(&mut String) -> Result<(), Unwritable>,
    ) -> Result<(), Unwritable> {
        let before = self.out.len();
        write(&mut self.out)?;
        self.is_kept |= self.out.len() > before;
        Ok(())
    }

    pub(super) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}
