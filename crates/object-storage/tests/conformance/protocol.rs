//! An S3 server in this process: what speaks and checks the protocol, signatures above all, is s3s.

use crate::store::{Blob, Store, Upload, read};
use bytes::BytesMut;
use futures_util::stream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::SystemTime;

type Answer<T> = S3Result<S3Response<T>>;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn is_new(condition: Option<&ETagCondition>) -> bool {
    condition.is_some_and(ETagCondition::is_any)
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn put_object(&self, req: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let input = req.input;
        let blob = read(input.body, input.content_md5).await?;
        let e_tag = Some(blob.e_tag());
        self.with(&input.bucket, |kept| {
            if is_new(input.if_none_match.as_ref()) && kept.blobs.contains_key(&input.key) {
                return Err(s3_error!(PreconditionFailed));
            }
            kept.blobs.insert(input.key, blob);
            Ok(())
        })?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag,
            ..Default::default()
        }))
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        let input = req.input;
        let blob = self.blob(&input.bucket, &input.key)?;
        let total = blob.bytes.len() as u64;
        let range = input.range.map(|range| range.check(total)).transpose()?;
        let content_range = range.as_ref().map(|range| {
            let last = range.end - 1;
            format!("bytes {}-{last}/{total}", range.start)
        });
        let range = range.unwrap_or(0..total);
        let bytes = blob.bytes.slice(range.start as usize..range.end as usize);
        Ok(S3Response::new(GetObjectOutput {
            content_length: i64::try_from(bytes.len()).ok(),
            body: Some(StreamingBlob::wrap(stream::iter([Ok::<_, Infallible>(
                bytes,
            )]))),
            content_range,
            last_modified: Some(blob.modified.into()),
            e_tag: Some(blob.e_tag()),
            content_disposition: input.response_content_disposition,
            ..Default::default()
        }))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        let blob = self.blob(&req.input.bucket, &req.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: blob.size(),
            last_modified: Some(blob.modified.into()),
            e_tag: Some(blob.e_tag()),
            ..Default::default()
        }))
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        let input = req.input;
        self.with(&input.bucket, |kept| kept.blobs.remove(&input.key));
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> Answer<DeleteObjectsOutput> {
        let input = req.input;
        for object in input.delete.objects {
            self.with(&input.bucket, |kept| kept.blobs.remove(&object.key));
        }
        Ok(S3Response::new(DeleteObjectsOutput::default()))
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> Answer<ListObjectsV2Output> {
        let input = req.input;
        let prefix = input.prefix.unwrap_or_default();
        let after = input.continuation_token.or(input.start_after);
        let after = after.unwrap_or_default();
        let limit = input.max_keys.unwrap_or(1000) as usize;
        let folder_of = |key: &str| {
            let rest = &key[prefix.len()..];
            let (folder, _) = rest.split_once(input.delimiter.as_deref()?)?;
            Some(format!("{prefix}{folder}/"))
        };
        let mut found: BTreeMap<String, Option<Blob>> = BTreeMap::new();
        self.with(&input.bucket, |kept| {
            for (key, blob) in kept
                .blobs
                .iter()
                .filter(|(key, _)| key.starts_with(&prefix))
            {
                match folder_of(key) {
                    Some(folder) => found.insert(folder, None),
                    None => found.insert(key.clone(), Some(blob.clone())),
                };
            }
        });
        found.retain(|name, _| *name > after);
        let is_truncated = found.len() > limit;
        let next = found.keys().take(limit).last().cloned();
        let mut output = ListObjectsV2Output {
            is_truncated: Some(is_truncated),
            next_continuation_token: next.filter(|_| is_truncated),
            encoding_type: input.encoding_type,
            ..Default::default()
        };
        for (name, blob) in found.into_iter().take(limit) {
            let Some(blob) = blob else {
                let prefix = Some(encoded(&name));
                let folders = output.common_prefixes.get_or_insert_default();
                folders.push(CommonPrefix { prefix });
                continue;
            };
            output.contents.get_or_insert_default().push(Object {
                key: Some(encoded(&name)),
                size: blob.size(),
                last_modified: Some(blob.modified.into()),
                e_tag: Some(blob.e_tag()),
                ..Default::default()
            });
        }
        Ok(S3Response::new(output))
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let (id, key) = (uuid::Uuid::new_v4().to_string(), req.input.key);
        let upload = Upload {
            key: key.clone(),
            begun: SystemTime::now(),
            parts: BTreeMap::new(),
        };
        self.with(&req.input.bucket, |kept| {
            kept.uploads.insert(id.clone(), upload)
        });
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(req.input.bucket),
            key: Some(key),
            upload_id: Some(id),
            ..Default::default()
        }))
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        let input = req.input;
        let part = read(input.body, input.content_md5).await?;
        let e_tag = Some(part.e_tag());
        self.with(&input.bucket, |kept| {
            let upload = kept.uploads.get_mut(&input.upload_id);
            let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
            upload.parts.insert(input.part_number, part);
            S3Result::<()>::Ok(())
        })?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag,
            ..Default::default()
        }))
    }

    /// Two at a time, so that everybody has to ask again.
    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        let input = req.input;
        let after = input.part_number_marker.unwrap_or_default();
        let all: Vec<Part> = self.with(&input.bucket, |kept| {
            let upload = kept.uploads.get(&input.upload_id);
            let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
            let parts = upload.parts.iter().filter(|(number, _)| **number > after);
            S3Result::<Vec<Part>>::Ok(
                parts
                    .map(|(number, part)| Part {
                        part_number: Some(*number),
                        size: part.size(),
                        e_tag: Some(part.e_tag()),
                        last_modified: Some(part.modified.into()),
                        ..Default::default()
                    })
                    .collect(),
            )
        })?;
        let is_truncated = all.len() > 2;
        let parts: Vec<Part> = all.into_iter().take(2).collect();
        Ok(S3Response::new(ListPartsOutput {
            is_truncated: Some(is_truncated),
            next_part_number_marker: parts.last().and_then(|part| part.part_number),
            parts: Some(parts),
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let input = req.input;
        let named = input.multipart_upload.and_then(|upload| upload.parts);
        let named = named.ok_or_else(|| s3_error!(InvalidPart))?;
        self.with(&input.bucket, |kept| {
            let upload = kept.uploads.get(&input.upload_id);
            let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
            if is_new(input.if_none_match.as_ref()) && kept.blobs.contains_key(&input.key) {
                return Err(s3_error!(PreconditionFailed));
            }
            let mut bytes = BytesMut::new();
            for part in &named {
                let sent = part
                    .part_number
                    .and_then(|number| upload.parts.get(&number));
                let sent = sent.filter(|sent| Some(sent.e_tag()) == part.e_tag);
                bytes.extend_from_slice(&sent.ok_or_else(|| s3_error!(InvalidPart))?.bytes);
            }
            let tag = format!("{}-{}", uuid::Uuid::new_v4().simple(), named.len());
            kept.uploads.remove(&input.upload_id);
            let blob = Blob::new(bytes.freeze(), tag);
            kept.blobs.insert(input.key.clone(), blob);
            Ok(())
        })?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let input = req.input;
        let gone = self.with(&input.bucket, |kept| kept.uploads.remove(&input.upload_id));
        gone.ok_or_else(|| s3_error!(NoSuchUpload))?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let prefix = req.input.prefix.unwrap_or_default();
        let uploads = self.with(&req.input.bucket, |kept| {
            let uploads = kept.uploads.iter();
            let uploads = uploads.filter(|(_, upload)| upload.key.starts_with(&prefix));
            let told = uploads.map(|(id, upload)| MultipartUpload {
                key: Some(encoded(&upload.key)),
                upload_id: Some(id.clone()),
                initiated: Some(upload.begun.into()),
                ..Default::default()
            });
            told.collect()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(false),
            uploads: Some(uploads),
            encoding_type: req.input.encoding_type,
            ..Default::default()
        }))
    }

    async fn put_bucket_cors(
        &self,
        _req: S3Request<PutBucketCorsInput>,
    ) -> Answer<PutBucketCorsOutput> {
        Ok(S3Response::new(PutBucketCorsOutput::default()))
    }
}
