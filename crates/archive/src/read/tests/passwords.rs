//! Passwords: right, wrong and missing.

use super::{Doing, Failure, expected, failure, order, packed, read, whole};
use rars::{ArchiveVersion, Builder};

const SECRET: &str = "pässword 1";

/// Old zips know no other letters.
const PLAIN: &str = "open sesame 1";

fn check(bytes: &[u8], name: &str, secret: &str) {
    let with = |password: Option<&str>| {
        let mut order = order(name);
        order.password = password.map(str::to_owned);
        order
    };
    let mut files = whole(bytes.to_vec(), with(Some(secret)));
    files.sort();
    assert_eq!(files.len(), expected().len(), "{name}");
    assert_eq!(files[..2], expected()[..2], "{name}");
    for wrong in ["wrong", "", "pässword 2"] {
        let failed = failure(bytes.to_vec(), with(Some(wrong)));
        let text = failed.to_string();
        assert!(
            text.contains("incorrect password"),
            "{name} {wrong}: {text}"
        );
        assert!(text.contains("40069"), "{text}");
    }
    assert_eq!(
        failure(bytes.to_vec(), with(None)),
        Failure::NoPassword,
        "{name}"
    );
}

/// What is in it can be told without the password, unless that is hidden, too.
fn look(bytes: &[u8], name: &str, is_hidden: bool) {
    let mut order = order(name);
    order.doing = Doing::List;
    let (told, end) = read(bytes.to_vec(), order);
    if is_hidden {
        assert_eq!((told.len(), end), (0, Err(Failure::NoPassword)), "{name}");
        return;
    }
    assert_eq!(end, Ok(()), "{name}");
    let files = told.iter().filter(|told| !told.entry.is_folder);
    let mut names: Vec<_> = files
        .map(|told| (told.entry.name.replace('ü', "u"), told.entry.size_bytes))
        .collect();
    names.sort();
    let expected = expected()
        .into_iter()
        .map(|(name, content)| (name.replace('ü', "u"), Some(content.len() as u64)));
    assert_eq!(names, expected.collect::<Vec<_>>(), "{name}");
}

#[test]
fn zips_are_opened_with_the_old_and_the_new_cipher() {
    let password = format!("-p{PLAIN}");
    for cipher in ["zipcrypto", "aes128", "aes256"] {
        let cipher = format!("-mem={cipher}");
        for method in ["-mm=deflate", "-mm=copy"] {
            let args = [
                "a", "-bso0", "a.zip", &password, &cipher, method, "docs", "ü.txt",
            ];
            check(&packed("7zz", &args, "a.zip"), "a.zip", PLAIN);
        }
    }
}

#[test]
fn seven_zip_is_opened_with_hidden_names_and_without() {
    let password = format!("-p{SECRET}");
    for hidden in ["-mhe=off", "-mhe=on"] {
        let args = ["a", "-bso0", "a.7z", &password, hidden, "docs", "ü.txt"];
        let bytes = packed("7zz", &args, "a.7z");
        check(&bytes, "a.7z", SECRET);
        look(&bytes, "a.7z", hidden == "-mhe=on");
    }
}

#[test]
fn rars_are_opened_with_hidden_names_and_without() {
    for version in [ArchiveVersion::Rar29, ArchiveVersion::Rar50] {
        for hidden in [false, true] {
            let mut builder = Builder::new(version)
                .password(Some(SECRET.as_bytes().to_vec()))
                .header_encryption(hidden);
            for (name, content) in expected() {
                let name = name.replace('ü', "u").into_bytes();
                builder.add_bytes(name, content, None, None).unwrap();
            }
            let Ok(bytes) = builder.to_bytes() else {
                continue;
            };
            check(&bytes, "a.rar", SECRET);
            look(&bytes, "a.rar", hidden);
        }
    }
}
