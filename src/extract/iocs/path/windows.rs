//! Windows paths: with a drive, on a share, relative with a dot, or below a variable.
//!
//! A space is part of a path if the component that it stands in goes on to a backslash (`C:\Program Files\x.exe`), or to a
//! closing quote after a file name; after an extension it is the end (`C:\a.exe -x`). Where backslashes are escaped (once
//! for each JSON that the text has been through), so many count as one, and fewer end the path (`"C:\\a\\b.exe\n"`).

use super::super::text::Text;

/// How far a component may go on after a space.
const MAX_WORDS_BYTES: usize = 64;

/// Where the first component begins, and how many backslashes stand for one.
struct Root {
    end: usize,
    width: usize,
}

impl Text<'_> {
    /// The end of the Windows path that begins here.
    pub(in super::super) fn windows_path(self, start: usize) -> Option<usize> {
        let root = match self.at(start) {
            b'\\' => self.share_root(start),
            b'.' => self.dot_root(start),
            b'%' => self.variable_root(start),
            _ => self.drive_root(start),
        }?;
        let end = self.components_end(start, &root);
        (end > root.end).then_some(end)
    }

    fn backslashes(self, at: usize) -> usize {
        (at..at + 16).take_while(|at| self.at(*at) == b'\\').count()
    }

    /// The root that ends with the backslashes at a place.
    fn root(self, at: usize) -> Option<Root> {
        let width = self.backslashes(at);
        width.is_power_of_two().then_some(Root { end: at + width, width })
    }

    /// `C:\`, `C:/`.
    fn drive_root(self, start: usize) -> Option<Root> {
        if !self.at(start).is_ascii_alphabetic() || self.at(start + 1) != b':' {
            return None;
        }
        if self.at(start + 2) == b'/' && self.is_word(start + 3) {
            return Some(Root { end: start + 3, width: 0 });
        }
        self.root(start + 2)
    }

    /// `\\server\`: there is a share behind it.
    fn share_root(self, start: usize) -> Option<Root> {
        let width = self.backslashes(start);
        let server = start + width;
        if !self.is_share(server) {
            return None;
        }
        let mut end = server;
        while self.is_word(end) || matches!(self.at(end), b'.' | b'@' | b'$') {
            end = if self.is_word(end) { self.word_end(end) } else { end + 1 };
        }
        self.root(end).filter(|root| end > server && root.width * 2 == width)
    }

    /// `.\`, `..\`.
    fn dot_root(self, start: usize) -> Option<Root> {
        let free = matches!(
            self.before(start),
            0..=b' ' | b'"' | b'\'' | b'=' | b'(' | b',' | b':' | b';' | b'>' | b'&' | b'|'
        );
        let dots = if self.at(start + 1) == b'.' { 2 } else { 1 };
        self.root(start + dots).filter(|root| free && self.begins_component(root.end))
    }

    /// `%TEMP%\`.
    fn variable_root(self, start: usize) -> Option<Root> {
        let name = start + 1;
        let end = (name..name + MAX_WORDS_BYTES)
            .find(|at| !self.at(*at).is_ascii_alphanumeric() && !matches!(self.at(*at), b'_' | b'(' | b')'))?;
        self.root(end + 1).filter(|_| end > name && self.at(end) == b'%')
    }

    fn begins_component(self, at: usize) -> bool {
        self.is_word(at) || matches!(self.at(at), b'.' | b'$' | b'%')
    }

    /// Where the components after a root end.
    fn components_end(self, start: usize, root: &Root) -> usize {
        let around = self.before(start);
        let mut end = root.end;
        let mut brackets = 0_usize;
        loop {
            end += match self.at(end) {
                b'\\' => match self.backslashes(end).checked_div(root.width) {
                    None | Some(0) => break,
                    Some(separators) => separators * root.width,
                },
                b'/' if root.width == 0 => 1,
                b' ' => match self.words_end(end, root.width, around) {
                    Some(next) => next - end,
                    None => break,
                },
                b'\'' if around == b'\'' || !self.is_word(end + 1) => break,
                b'&' if self.at(end + 1) == b'&' => break,
                b'(' => {
                    brackets += 1;
                    1
                }
                b')' if brackets == 0 => break,
                b')' => {
                    brackets -= 1;
                    1
                }
                0x80.. => match self.letter(end) {
                    Some((len, spaced)) if spaced || !self.has_extension(end) => len,
                    _ => break,
                },
                byte if is_component(byte) => 1,
                _ => break,
            };
        }
        while end > root.end && matches!(self.before(end), b'.' | b'!' | b'(' | b'{' | b'[' | b' ') {
            end -= 1;
        }
        end
    }

    /// Where the words after a space end, if they belong to the component before it.
    fn words_end(self, space: usize, width: usize, around: u8) -> Option<usize> {
        if self.has_extension(space) || !(self.is_word(space + 1) || matches!(self.at(space + 1), b'(' | b'&' | b'-')) {
            return None;
        }
        let end = (space..space + MAX_WORDS_BYTES)
            .find(|at| !matches!(self.at(*at), b' ' | b'(' | b')') && !is_component(self.at(*at)))?;
        let switch = self.at(space + 1) == b'-' && self.at(space + 2) != b' ';
        let goes_on = match self.at(end) {
            b'\\' => self.backslashes(end) >= width.max(1) || (self.at(end + 1) == around && self.has_extension(end)),
            b'/' => width == 0,
            closing => closing == around && self.has_extension(end),
        };
        (goes_on && !switch && self.before(end) != b' ').then_some(end)
    }

    /// Whether a file name with an extension ends here.
    fn has_extension(self, end: usize) -> bool {
        let letters = (1..=5).take_while(|back| end > *back && self.at(end - back).is_ascii_alphanumeric()).count();
        matches!(letters, 1..=4) && end > letters && self.at(end - letters - 1) == b'.'
    }
}

/// What can be in a component, but for spaces and brackets, which depend on what follows. A comma rather stands between a
/// library and the function in it.
fn is_component(byte: u8) -> bool {
    !byte.is_ascii_control() && !b" <>:\"|?*\\/,;`^()".contains(&byte)
}
