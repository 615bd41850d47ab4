//! A store whose certificate nobody vouches for: anybody may have made it.

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::proxy::told;
use super::{KIN, ask_everything, azure, gcs, kin, s3};
use storage::DriverError;

/// Of `127.0.0.1`, signed by itself, good until 2126.
const CERTIFICATE: &[u8] = include_bytes!("certificate.pem");
const KEY: &[u8] = include_bytes!("key.pem");

/// Answers everything with 200, and counts how often it is asked. Answers where it is.
async fn store(asked: Arc<AtomicUsize>) -> String {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let (tls, asked) = (tls.clone(), Arc::clone(&asked));
            tokio::spawn(async move {
                let Ok(connection) = tls.accept(connection).await else {
                    return;
                };
                let service = service_fn(move |_| {
                    asked.fetch_add(1, Ordering::Relaxed);
                    std::future::ready(Ok::<_, std::io::Error>(told(200, "")))
                });
                let served = http1::Builder::new();
                let _ = served
                    .serve_connection(TokioIo::new(connection), service)
                    .await;
            });
        }
    });
    endpoint
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_show_who_it_is_is_told_nothing() {
    let asked = Arc::default();
    let endpoint = store(Arc::clone(&asked)).await;
    let mut all = ask_everything(&s3(&endpoint, "bucket")).await;
    all.extend(ask_everything(&azure(&endpoint)).await);
    all.extend(ask_everything(&gcs(&endpoint, "bucket")).await);
    for vendor in KIN {
        all.extend(ask_everything(&kin(&endpoint, vendor)).await);
    }
    for (what, error) in all {
        let DriverError::Io(why) = error else {
            panic!("{what}: {error:?}");
        };
        let why = why.to_string();
        assert!(why.contains("certificate"), "{what}: {why}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
