//! How names are spelled: what counts as the same word, and the snake_case form that answers use.

/// Whether two names are one word in different spellings: case, hyphens, underscores and blanks do not count.
/// A name without a letter or digit is no word.
pub(crate) fn same_word(one: &str, other: &str) -> bool {
    let mut one = letters(one).peekable();
    one.peek().is_some() && one.eq(letters(other))
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// A name in snake_case: `IsDomainJoined` → `is_domain_joined`, `OSVersion` → `os_version`,
/// `Detected Time (UTC)` → `detected_time_utc`. A name without a letter or digit stays as it is.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut before = None::<char>;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            before = None;
            continue;
        }
        let starts_word = match before {
            None => true,
            Some(before) if c.is_uppercase() => {
                !before.is_uppercase() || chars.peek().is_some_and(|next| next.is_lowercase())
            }
            Some(_) => false,
        };
        if starts_word && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
        before = Some(c);
    }
    if snake.is_empty() { name.to_owned() } else { snake }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_word_are_the_same() {
        assert!(same_word("registry-key", "RegistryKey"));
        assert!(same_word("IoTDevice", "iot_device"));
        assert!(!same_word("host", "hosts"));
        assert!(!same_word("", "-"));
    }

    #[test]
    fn names_become_snake_case() {
        for (name, snake) in [
            ("IsDomainJoined", "is_domain_joined"),
            ("OSVersion", "os_version"),
            ("aadUserId", "aad_user_id"),
            ("already_snake", "already_snake"),
            ("Detected Time (UTC)", "detected_time_utc"),
            ("Sha256Ac", "sha256_ac"),
            ("P1Sender", "p1_sender"),
            ("$id", "id"),
            ("--", "--"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }

    proptest! {
        #[test]
        fn snake_case_is_the_same_word_and_stable(name in "[A-Za-z0-9 _-]{0,24}") {
            let snake = snake_case(&name);
            prop_assert!(same_word(&snake, &name) || !name.contains(char::is_alphanumeric));
            prop_assert_eq!(snake_case(&snake), snake);
        }
    }
}
