//! What went wrong with a 7z, in words: those of the library are the names of its types.

use sevenz_rust2::Error;

/// One line for people.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::Io(error, what) if what.is_empty() => error.to_string(),
        Error::Io(error, what) => format!("{what}: {error}"),
        Error::FileOpen(error, name) => format!("{name}: {error}"),
        Error::MaybeBadPassword(error) => error.to_string(),
        Error::Other(what) | Error::Unsupported(what) => what.to_string(),
        Error::UnsupportedCompressionMethod(method) => format!("unknown method {method}"),
        Error::BadSignature(_) => "it does not begin as a 7z does".to_owned(),
        Error::ChecksumVerificationFailed => "a checksum does not fit".to_owned(),
        Error::NextHeaderCrcMismatch => "the checksum of its header does not fit".to_owned(),
        _ => "its header makes no sense".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn no_names_of_types_reach_people() {
        for (error, said) in [
            (Error::Other("seek to 7".into()), "seek to 7"),
            (Error::Io(io::Error::other("disk"), "".into()), "disk"),
            (
                Error::Io(io::Error::other("disk"), "header".into()),
                "header: disk",
            ),
            (Error::BadTerminatedHeader(7), "its header makes no sense"),
        ] {
            assert_eq!(words(&error), said);
        }
    }
}
