//! Forms with a file (RFC 7578).

/// The body of a form, with a torrent file if there is one.
pub(super) fn multipart(
    boundary: &str,
    fields: &[(&str, String)],
    torrent: Option<&[u8]>,
) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    if let Some(torrent) = torrent {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"torrents\"; \
             filename=\"a.torrent\"\r\nContent-Type: application/x-bittorrent\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(torrent);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_written_as_browsers_do() {
        let body = multipart("b", &[("a", "1".to_owned())], Some(b"\xff"));
        let expected = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\n\
            Content-Disposition: form-data; name=\"torrents\"; filename=\"a.torrent\"\r\n\
            Content-Type: application/x-bittorrent\r\n\r\n\xff\r\n--b--\r\n";
        assert_eq!(body, expected);
    }
}
