//! Rights that a key has to have, as vendors call them.

/// To list the uploads of a bucket that were begun and not ended; `None` where nobody needs one for that.
pub(super) fn listing_unfinished(driver: &str) -> Option<&'static str> {
    match driver {
        "s3" => Some("s3:ListBucketMultipartUploads"),
        "ks3" => Some("ks3:ListBucketMultipartUploads"),
        "oss" => Some("oss:ListMultipartUploads"),
        "cos" => Some("cos:ListMultipartUploads"),
        "obs" => Some("obs:bucket:ListBucketMultipartUploads"),
        _ => None,
    }
}
