//! A value that never prints.

use secrecy::{ExposeSecret, SecretString};

/// A secret: its text is read where it is sent, and nowhere else.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text. Never for logs, errors or answers.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
