//! File URIs as clients write them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What JavaScript's `encodeURIComponent` leaves alone; clients compare URIs as strings.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// One path segment, escaped like `encodeURIComponent`.
pub fn escape(segment: &str) -> String {
    utf8_percent_encode(segment, COMPONENT).to_string()
}

/// `/a b/c` becomes `cloudreve://my/a%20b/c`. What is a URI already stays as it is.
pub fn uri(path: &str) -> String {
    let Some(below_root) = path.strip_prefix('/') else {
        return path.to_owned();
    };
    let escaped: Vec<_> = below_root.split('/').map(escape).collect();
    format!("cloudreve://my/{}", escaped.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri_and_a_uri_stays_one() {
        assert_eq!(uri("/"), "cloudreve://my/");
        assert_eq!(uri("/a b/ü#.txt"), "cloudreve://my/a%20b/%C3%BC%23.txt");
        assert_eq!(uri("/it's (1)!~*.md"), "cloudreve://my/it's%20(1)!~*.md");
        assert_eq!(uri("cloudreve://trash/x"), "cloudreve://trash/x");
    }
}
