//! Paths of files.

mod linux;
mod windows;
