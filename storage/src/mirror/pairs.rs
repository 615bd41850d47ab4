//! What is remembered of each member, in one text or a few bytes: `id:length:bytes`, one after another.

/// Each with the id of its member.
pub(super) type Pairs = Vec<(i64, Vec<u8>)>;

pub(super) fn encode(pairs: &Pairs) -> Vec<u8> {
    let mut all = Vec::new();
    for (id, bytes) in pairs {
        all.extend_from_slice(format!("{id}:{}:", bytes.len()).as_bytes());
        all.extend_from_slice(bytes);
    }
    all
}

/// `None` for what [`encode`] has not made.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Pairs> {
    let mut pairs = Pairs::new();
    while !bytes.is_empty() {
        let id = number(&mut bytes)?;
        let length = usize::try_from(number(&mut bytes)?).ok()?;
        pairs.push((id, bytes.split_off(..length)?.to_vec()));
    }
    Some(pairs)
}

/// Takes a number and the colon behind it.
fn number(bytes: &mut &[u8]) -> Option<i64> {
    let end = bytes.iter().position(|byte| *byte == b':')?;
    let digits = bytes.split_off(..end)?;
    *bytes = &bytes[1..];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_noted_is_read_again(pairs: Vec<(i64, Vec<u8>)>) {
            prop_assert_eq!(decode(&encode(&pairs)), Some(pairs));
        }

        #[test]
        fn anything_else_is_no_note_or_one(bytes: Vec<u8>) {
            if let Some(pairs) = decode(&bytes) {
                prop_assert_eq!(decode(&encode(&pairs)), Some(pairs));
            }
        }
    }
}
