//! A storage policy in the answer of a prepared upload. A node needs to know where bytes go and with
//! which keys; what else a stock master tells of policy and node is skipped.

use crate::gob::{BitSet, Moment, record};

record! {
    StoragePolicy = "StoragePolicy" {
        "ID" => id: i64,
        "CreatedAt" => created_at: Moment,
        "UpdatedAt" => updated_at: Moment,
        "DeletedAt" => deleted_at: Option<Moment>,
        "Name" => name: String,
        /// `local`, `remote`, `s3`, ….
        "Type" => kind: String,
        "Server" => server: String,
        "BucketName" => bucket_name: String,
        "IsPrivate" => is_private: bool,
        "AccessKey" => access_key: String,
        "SecretKey" => secret_key: String,
        /// In bytes.
        "MaxSize" => max_size: i64,
        "DirNameRule" => dir_name_rule: String,
        "FileNameRule" => file_name_rule: String,
        "Settings" => settings: Option<PolicySetting>,
        "NodeID" => node_id: i64,
        "Edges" => edges: Edges,
    }
}

record! {
    Edges = "StoragePolicyEdges" {
        "Node" => node: Option<Node>,
    }
}

record! {
    Node = "Node" {
        "ID" => id: i64,
        "CreatedAt" => created_at: Moment,
        "UpdatedAt" => updated_at: Moment,
        "Status" => status: String,
        "Name" => name: String,
        "Type" => kind: String,
        "Server" => server: String,
        "SlaveKey" => slave_key: String,
        "Capabilities" => capabilities: Option<BitSet>,
        "Weight" => weight: i64,
    }
}

record! {
    PolicySetting = "PolicySetting" {
        "Token" => token: String,
        "FileType" => file_type: Vec<String>,
        "IsFileTypeDenyList" => is_file_type_deny_list: bool,
        "NameRegexp" => name_regexp: String,
        "IsNameRegexpDenyList" => is_name_regexp_deny_list: bool,
        "OauthRedirect" => oauth_redirect: String,
        "CustomProxy" => custom_proxy: bool,
        "ProxyServer" => proxy_server: String,
        "InternalProxy" => internal_proxy: bool,
        "OdDriver" => od_driver: String,
        "Region" => region: String,
        "ServerSideEndpoint" => server_side_endpoint: String,
        /// In bytes; 0 for one piece.
        "ChunkSize" => chunk_size: i64,
        "TPSLimit" => tps_limit: f64,
        "TPSLimitBurst" => tps_limit_burst: i64,
        "S3ForcePathStyle" => s3_force_path_style: bool,
        "ThumbExts" => thumb_exts: Vec<String>,
        "ThumbSupportAllExts" => thumb_support_all_exts: bool,
        "ThumbMaxSize" => thumb_max_size: i64,
        "Relay" => relay: bool,
        "PreAllocate" => pre_allocate: bool,
        "MediaMetaExts" => media_meta_exts: Vec<String>,
        "MediaMetaGeneratorProxy" => media_meta_generator_proxy: bool,
        "ThumbGeneratorProxy" => thumb_generator_proxy: bool,
        "NativeMediaProcessing" => native_media_processing: bool,
        "S3DeleteBatchSize" => s3_delete_batch_size: i64,
        "StreamSaver" => stream_saver: bool,
        "UseCname" => use_cname: bool,
        "SourceAuth" => source_auth: bool,
        "QiniuUploadCdn" => qiniu_upload_cdn: bool,
        "ChunkConcurrency" => chunk_concurrency: i64,
        "Encryption" => encryption: bool,
    }
}
