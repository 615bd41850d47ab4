//! What a signature is made of: one way to write it, so that no two things share a text.

/// What a signature opens. Signatures for one purpose are worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The content of a version, a thumbnail among them.
    Content,
    /// An archive of what was chosen.
    Archive,
    /// The link of a mail that confirms an address.
    Activation,
}

impl Purpose {
    /// Never change these: links without an end are signed with them.
    fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Archive => "archive",
            Self::Activation => "activation",
        }
    }
}

/// A text to be signed.
///
/// Every field has its length in front, and what is left out has a mark of its own. So nothing in
/// a field can look like the next one, whatever characters it has or however it was encoded in the
/// request, and a field cannot be moved into its neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText(String);

impl SignedText {
    /// The text of a purpose and its fields, in an order that the purpose fixes.
    pub fn new<'a>(
        purpose: Purpose,
        fields: impl IntoIterator<Item = impl Into<Option<&'a str>>>,
    ) -> Self {
        let mut text = String::from(purpose.name());
        for field in fields {
            match field.into() {
                Some(field) => {
                    text.push('\n');
                    text.push_str(&field.len().to_string());
                    text.push(':');
                    text.push_str(field);
                }
                None => text.push_str("\n-"),
            }
        }
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn purpose() -> impl Strategy<Value = Purpose> {
        prop_oneof![
            Just(Purpose::Content),
            Just(Purpose::Archive),
            Just(Purpose::Activation),
        ]
    }

    /// Fields that try to look like several.
    fn fields() -> impl Strategy<Value = Vec<Option<String>>> {
        let field = proptest::option::of(prop_oneof![
            any::<String>(),
            "[a-b0-2:?=&%/\n-]{0,8}",
            "[0-9]:[a-b\n:0-9-]{0,4}",
        ]);
        proptest::collection::vec(field, 0..5)
    }

    fn text(purpose: Purpose, fields: &[Option<String>]) -> SignedText {
        SignedText::new(purpose, fields.iter().map(Option::as_deref))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn different_fields_never_share_a_text(
            one in (purpose(), fields()), two in (purpose(), fields())
        ) {
            prop_assert_eq!(one == two, text(one.0, &one.1) == text(two.0, &two.1));
        }

        #[test]
        fn moving_the_border_between_fields_makes_another_text(
            purpose in purpose(), joined in "[a-b0-2:?=&%/\n-]{1,12}",
            one in 0usize..12, two in 0usize..12,
        ) {
            let (one, two) = (one.min(joined.len()), two.min(joined.len()));
            let cut = |at: usize| {
                let (before, after) = joined.split_at(at);
                text(purpose, &[Some(before.to_owned()), Some(after.to_owned())])
            };
            prop_assert_eq!(one == two, cut(one) == cut(two));
            prop_assert_ne!(cut(one), text(purpose, &[Some(joined.clone()), None]));
            prop_assert_ne!(cut(one), text(purpose, &[Some(joined.clone())]));
        }
    }

    #[test]
    fn a_text_never_changes_its_form() {
        let written = SignedText::new(Purpose::Content, [Some("a?b"), None, Some("")]);
        assert_eq!(written.as_str(), "content\n3:a?b\n-\n0:");
    }
}
