/** How each kind of storage is reached, in the words of its vendor. */
import { NodeInput } from "../choices";
import { wrongBucket, wrongDavAddress, wrongFolder, wrongProxy, wrongEndpoint, wrongRoot } from "./checks";
import { ChildrenInput, wrongChildren } from "./ChildrenInput";
import { MembersInput, QuorumMeaning } from "./MembersInput";
import { wrongMembers, wrongQuorum } from "./mirror";
import { GRAPH, GRAPH_CHINA, type PolicyKind } from "./kinds";
import type { PolicyField } from "./fields";

const text = (name: string, said?: string, placeholder?: string): PolicyField => ({ name, kind: "text", said, placeholder });
const must = (field: PolicyField): PolicyField => ({ ...field, required: true });
const flag = (name: string): PolicyField => ({ name, kind: "flag" });

const bucket = (placeholder?: string, said?: string): PolicyField => ({ ...must(text("bucket_name", said, placeholder)), check: wrongBucket });
const address = (placeholder: string, said = "endpoint"): PolicyField => ({ ...text("server", said, placeholder), check: wrongEndpoint });
const endpoint = (placeholder: string) => must(address(placeholder));
/** Both keys, as the vendor calls them. */
const keys = (access: string, secret: string): PolicyField[] => [must(text("access_key", access)), { name: "secret_key", kind: "secret", said: secret, required: true }];

const deleteBatch: PolicyField = { name: "s3_delete_batch_size", kind: "number" };

const CONNECTION: Record<PolicyKind, PolicyField[]> = {
  local: [{ ...text("root", undefined, "/mnt/disk2/alcove"), check: wrongRoot }, { name: "min_free_bytes", kind: "bytes" }, flag("pre_allocate")],
  remote: [{ name: "node_id", kind: "choice", said: "policy_node", required: true, Input: NodeInput }, flag("pre_allocate")],
  s3: [endpoint("https://s3.eu-central-1.amazonaws.com"), text("region", "s3_region", "us-east-1"), bucket("my-files"), ...keys("access_key_id", "secret_access_key"), flag("s3_path_style"), deleteBatch],
  webdav: [
    { ...must(text("server", "webdav_server", "https://cloud.example.com/remote.php/dav/files/alcove")), check: wrongDavAddress },
    { ...text("bucket_name", "webdav_folder", "Alcove"), check: wrongFolder },
    text("access_key", "webdav_user"),
    { name: "secret_key", kind: "secret", said: "webdav_password" },
  ],
  ks3: [endpoint("https://ks3-cn-beijing.ksyuncs.com"), text("region", undefined, "BEIJING"), bucket("my-files"), ...keys("ks3_access_key", "ks3_secret_key"), flag("s3_path_style"), deleteBatch],
  azure: [
    address("https://ACCOUNT.blob.core.windows.net"),
    bucket("my-files", "azure_container"),
    ...keys("azure_account", "azure_key"),
  ],
  gcs: [address("https://storage.googleapis.com"), bucket("my-files"), { name: "secret_key", kind: "secret", said: "gcs_key", required: true }],
  oss: [
    endpoint("oss-cn-hangzhou.aliyuncs.com"),
    must(text("region", undefined, "cn-hangzhou")),
    bucket("my-files"),
    ...keys("oss_access_key", "oss_secret_key"),
    text("server_side_endpoint", undefined, "oss-cn-hangzhou-internal.aliyuncs.com"),
    flag("use_cname"),
  ],
  cos: [
    bucket("my-files-1250000000", "cos_bucket"),
    must(address("https://my-files-1250000000.cos.ap-guangzhou.myqcloud.com", "cos_server")),
    ...keys("cos_secret_id", "cos_secret_key"),
  ],
  obs: [endpoint("https://obs.cn-north-4.myhuaweicloud.com"), bucket("my-files"), ...keys("obs_access_key", "obs_secret_key"), flag("use_cname")],
  qiniu: [bucket("my-files"), { ...must(text("proxy_server", "qiniu_domain", "https://cdn.example.com")), check: wrongProxy }, ...keys("qiniu_ak", "qiniu_sk"), flag("qiniu_upload_cdn")],
  upyun: [
    must(text("bucket_name", "upyun_service", "my-files")),
    ...keys("upyun_operator", "upyun_password"),
    must(text("proxy_server", "upyun_domain", "https://my-files.example.com")),
    { name: "token", kind: "secret", said: "upyun_token" },
  ],
  mirror: [
    { name: "members", kind: "text", said: "mirror_members", required: true, Input: MembersInput, isJson: true, check: wrongMembers },
    { name: "quorum", kind: "number", check: wrongQuorum, Below: QuorumMeaning },
  ],
  load_balance: [{ name: "children", kind: "text", Input: ChildrenInput, isJson: true, check: wrongChildren }],
  onedrive: [
    { name: "server", kind: "choice", said: "graph", required: true },
    must(text("bucket_name", "client_id", "00000000-0000-0000-0000-000000000000")),
    { name: "secret_key", kind: "secret", said: "client_secret", required: true },
    text("od_driver", undefined, "me/drive"),
    { name: "tps_limit", kind: "number", decimal: true },
    { name: "tps_limit_burst", kind: "number", when: ({ tps_limit }) => Number(tps_limit) > 0 },
  ],
};

export function connectionFields(kind: PolicyKind, word: (value: string) => string): PolicyField[] {
  const graphs = [GRAPH, GRAPH_CHINA].map((value, at) => ({ value, label: word(at === 0 ? "graph_global" : "graph_china") }));
  const fields: PolicyField[] = [must(text("name")), ...CONNECTION[kind]];
  return fields.map((field) => ({ ...field, section: "connection", ...(field.kind === "choice" && !field.Input ? { choices: graphs } : {}) }));
}
