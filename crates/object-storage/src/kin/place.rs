//! Where a bucket is: its name stands in the host, in the path, or in neither.

use crate::disposition::{encoded, encoded_key};
use crate::http::{BadOptions, endpoint};
use storage::BlobKey;
use url::{Host, Url};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    InHost,
    InPath,
    /// The host is the bucket's alone.
    Nowhere,
}

#[derive(Clone, Debug)]
pub(super) struct Place {
    pub bucket: String,
    pub named: Named,
    root: Url,
}

impl Place {
    /// A bare address has no domain for a bucket.
    pub fn new(address: &str, bucket: &str, named: Named) -> Result<Self, BadOptions> {
        let mut root = endpoint(address)?;
        let is_bare = !matches!(root.host(), Some(Host::Domain(_)));
        let named = match named {
            Named::InHost if is_bare => Named::InPath,
            named => named,
        };
        if named == Named::InHost {
            let host = format!("{bucket}.{}", root.host_str().unwrap_or_default());
            let set = root.set_host(Some(&host));
            set.map_err(|error| BadOptions(format!("bucket {bucket:?}: {error}")))?;
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            named,
            root,
        })
    }

    /// Host without port.
    pub fn host(&self) -> &str {
        self.root.host_str().unwrap_or_default()
    }

    pub fn url(&self, key: Option<&BlobKey>, query: &str) -> String {
        let mut url = self.root.as_str().trim_end_matches('/').to_owned();
        if self.named == Named::InPath {
            url.push('/');
            url.push_str(&encoded(&self.bucket));
        }
        match key {
            Some(key) => {
                url.push('/');
                url.push_str(&encoded_key(key));
            }
            None if self.named != Named::InPath => url.push('/'),
            None => {}
        }
        if !query.is_empty() {
            url.push('?');
            url.push_str(query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_bucket_stands_where_its_vendor_looks_for_it() {
        let key = BlobKey::parse("a b/ü+~.txt").unwrap();
        for (address, named, url) in [
            (
                "oss-cn-hangzhou.aliyuncs.com",
                Named::InHost,
                "https://files.oss-cn-hangzhou.aliyuncs.com/a%20b/%C3%BC%2B~.txt?x",
            ),
            (
                "http://127.0.0.1:9000/",
                Named::InHost,
                "http://127.0.0.1:9000/files/a%20b/%C3%BC%2B~.txt?x",
            ),
            (
                "https://files.example.com",
                Named::Nowhere,
                "https://files.example.com/a%20b/%C3%BC%2B~.txt?x",
            ),
        ] {
            let place = Place::new(address, "files", named).unwrap();
            assert_eq!(place.url(Some(&key), "x"), url);
            // A client sends just that.
            assert_eq!(Url::parse(url).unwrap().as_str(), url);
        }
        let place = Place::new("https://files.example.com", "files", Named::Nowhere).unwrap();
        assert_eq!(place.url(None, "cors"), "https://files.example.com/?cors");
        assert!(Place::new("no where", "files", Named::InHost).is_err());
        assert!(Place::new("https://example.com", "a b", Named::InHost).is_err());
    }
}
