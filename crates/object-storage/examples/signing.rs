//! How many download URLs are signed in a second, on one core. Says the number and nothing else, for
//! `tests/bench`.

use object_storage::{S3Driver, S3Options};
use std::time::{Duration, Instant};
use storage::{BlobKey, DownloadRequest, Driver as _};

/// Long enough for clocks to be right.
const LONG: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let driver = S3Driver::new(S3Options {
        endpoint: "https://s3.example.com".to_owned(),
        bucket: "drive".to_owned(),
        region: "eu-central-1".to_owned(),
        access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_key: "a secret of the usual length, forty long".to_owned(),
        path_style: false,
        is_private: true,
        delete_batch: 0,
        staging_prefix: String::new(),
    })?;
    let (begun, mut signed) = (Instant::now(), 0u32);
    while begun.elapsed() < LONG {
        let key = BlobKey::parse(format!("uploads/1/photos/{signed}_summer of 2026.jpg"))?;
        let request = DownloadRequest {
            file_name: "summer of 2026.jpg".to_owned(),
            attachment: true,
            lifetime: Duration::from_hours(1),
            speed_bytes: None,
        };
        let url = driver.download_url(&key, &request).await?;
        assert!(url.contains("X-Amz-Signature"), "{url}");
        signed += 1;
    }
    println!("{:.0}", f64::from(signed) / begun.elapsed().as_secs_f64());
    Ok(())
}
