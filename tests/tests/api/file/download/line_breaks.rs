//! Names with line breaks, which are names like others.

use serde_json::json;
use tests::{TestServer, uri};

#[tokio::test]
async fn line_breaks_in_names_do_not_start_headers_or_bodies() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let name = "a\r\nX-Evil=1\r\n\r\n<b>.txt".replace(['<', '>'], "");
    let path = format!("/{name}");
    admin.put(&path, "hers").await;
    let url = admin.url_with(&path, json!({ "download": true })).await;
    let source = json!({ "uris": [uri(&path)] });
    let direct = admin.put_json("/file/source", source).await.ok();
    let direct = direct[0]["link"].as_str().unwrap();
    for url in [url.as_str(), direct] {
        assert!(!url.contains(['\r', '\n']), "{url}");
    }
    let reply = admin.fetch(&url).await;
    assert_eq!(reply.text(), "hers");
    let told = reply.header("content-disposition");
    assert!(
        told.contains("a%0D%0AX-Evil%3D1%0D%0A%0D%0Ab.txt"),
        "{told}"
    );
    assert!(
        reply
            .headers
            .keys()
            .all(|key| !key.as_str().contains("evil"))
    );
    // Listings over WebDAV are still one document, and lead to the file.
    let dav = admin.mount().await;
    let hrefs = dav.hrefs("/", "1").await;
    assert_eq!(hrefs.len(), 2, "{hrefs:?}");
    assert_eq!(dav.get(&path).await.text(), "hers");
    let zip = admin.fetch(&admin.archive_url(&[&path]).await).await;
    let zip = zip::ZipArchive::new(std::io::Cursor::new(zip.body.to_vec())).unwrap();
    assert_eq!(zip.len(), 1);
}
