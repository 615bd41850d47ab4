//! `/admin/proof`: whether what is stored is what it was. Not of the V4 API.

use super::list::IdsRequest;
use super::stored::StoredFileRow;
use crate::api::authority::{AdminRead, AdminWrite, Needs};
use crate::api::time::wire;
use crate::api::{ApiResult, NoData, Tag, done, ok};
use crate::services::Services;
use admin::DamagedRow;
use chrono::{DateTime, Utc};
use drive::proof::{AwayMember, PolicyProof};
use entity::{BlobId, PolicyId};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// Damaged blobs in one answer.
const PAGE: u64 = 100;

/// `/admin/proof`
#[derive(Debug)]
pub struct ProofApi {
    pub(in crate::api) services: Arc<Services>,
}

/// How it stands with all that is stored.
#[derive(Debug, Object, Serialize)]
struct StorageProof {
    policies: Vec<ProvenPolicy>,
    /// It is being read now.
    running: bool,
}

/// How it stands with the bytes of a policy.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
struct ProvenPolicy {
    id: i64,
    name: String,
    /// Kind of storage.
    r#type: String,
    /// The driver, where clients know no kind of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
    /// Every blob that has a hash was seen whole since then; none where there is no such blob.
    #[serde(skip_serializing_if = "Option::is_none")]
    proven_since: Option<DateTime<Utc>>,
    /// Blobs without a hash.
    unhashed: u64,
    /// Blobs that nobody is given.
    damaged: u64,
    /// Copies that members of a mirror lack.
    lacking: u64,
    /// Why it cannot be used now; none where it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<String>,
    /// Members of a mirror that cannot be used now: the others do without them.
    members_away: Vec<MemberAway>,
    /// Bytes that it can still take, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<u64>,
    /// Bytes of its disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

impl From<PolicyProof> for ProvenPolicy {
    fn from(row: PolicyProof) -> Self {
        Self {
            id: row.policy.id.0,
            backend: row.policy.settings.backend().map(ToOwned::to_owned),
            name: row.policy.name,
            r#type: row.policy.kind,
            proven_since: row.proof.since.map(wire),
            unhashed: row.proof.unhashed,
            damaged: row.proof.damaged,
            lacking: row.gaps,
            free: row.standing.room.map(|room| room.free_bytes),
            total: row.standing.room.map(|room| room.total_bytes),
            away: row.standing.away,
            members_away: row
                .standing
                .members_away
                .into_iter()
                .map(MemberAway::from)
                .collect(),
        }
    }
}

/// A member of a mirror that cannot be used now.
#[derive(Debug, Object, Serialize)]
struct MemberAway {
    id: i64,
    name: String,
    why: String,
}

impl From<AwayMember> for MemberAway {
    fn from(member: AwayMember) -> Self {
        Self {
            id: member.policy.0,
            name: member.name,
            why: member.why,
        }
    }
}

/// What to read again.
#[derive(Object)]
struct BeginProof {
    /// All of this policy, by its raw id; none: everything.
    policy: Option<i64>,
}

/// Blobs by their raw ids.
#[derive(Object)]
struct BlobIds {
    ids: Vec<i64>,
}

/// Blobs that are damaged still.
#[derive(Debug, Object, Serialize)]
struct StillDamaged {
    ids: Vec<i64>,
}

impl StillDamaged {
    fn of(left: Vec<BlobId>) -> Self {
        Self {
            ids: left.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// A blob that nobody is given.
#[derive(Debug, Object, Serialize)]
struct DamagedEntity {
    id: i64,
    policy_id: i64,
    /// Where its bytes are, or were.
    source: String,
    size: i64,
    /// `missing`, `length` or `content`.
    damage: String,
    found_at: DateTime<Utc>,
    /// Some of the files that hold it.
    files: Vec<StoredFileRow>,
}

impl From<DamagedRow> for DamagedEntity {
    fn from(row: DamagedRow) -> Self {
        let files = row.holders.iter();
        let files = files.map(|(file, owner)| StoredFileRow::of(file, owner.as_deref()));
        Self {
            id: row.damaged.blob.id.0,
            policy_id: row.damaged.blob.policy_id.0,
            damage: row.damaged.damage().as_str().to_owned(),
            found_at: wire(row.damaged.note.found_at),
            source: row.damaged.blob.key,
            size: row.damaged.blob.size_bytes,
            files: files.collect(),
        }
    }
}

/// Some of the damaged blobs.
#[derive(Debug, Object, Serialize)]
struct DamagedPage {
    entities: Vec<DamagedEntity>,
    /// There may be more behind the last one.
    more: bool,
}

#[OpenApi(tag = "Tag::Admin")]
impl ProofApi {
    /// When what each policy keeps was last seen whole.
    #[oai(
        path = "/admin/proof",
        method = "get",
        operation_id = "getStorageProof"
    )]
    async fn state(&self, actor: Needs<AdminRead>) -> ApiResult<StorageProof> {
        let state = self.services.admin.proofs.state(&actor).await?;
        ok(StorageProof {
            policies: state.policies.into_iter().map(ProvenPolicy::from).collect(),
            running: state.is_running,
        })
    }

    /// Has everything read again now, or all of a policy, in the background.
    #[oai(
        path = "/admin/proof/run",
        method = "post",
        operation_id = "runStorageProof"
    )]
    async fn run(&self, actor: Needs<AdminWrite>, body: Json<BeginProof>) -> ApiResult<NoData> {
        let only = body.policy.map(PolicyId);
        self.services.admin.proofs.begin(&actor, only).await?;
        done()
    }

    /// Blobs whose bytes are not what they were, by id: nobody is given them.
    #[oai(
        path = "/admin/proof/damaged",
        method = "get",
        operation_id = "listDamagedEntities"
    )]
    async fn damaged(
        &self,
        actor: Needs<AdminRead>,
        /// Only those with a greater id.
        after: Query<Option<i64>>,
    ) -> ApiResult<DamagedPage> {
        let after = BlobId(after.0.unwrap_or(0));
        let rows = self
            .services
            .admin
            .proofs
            .damaged(&actor, after, PAGE)
            .await?;
        ok(DamagedPage {
            more: rows.len() as u64 == PAGE,
            entities: rows.into_iter().map(DamagedEntity::from).collect(),
        })
    }

    /// Reads damaged blobs again, whose bytes somebody may have put back. Answers which of them are
    /// damaged still.
    #[oai(
        path = "/admin/proof/check",
        method = "post",
        operation_id = "checkDamagedEntities"
    )]
    async fn check(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<BlobIds>,
    ) -> ApiResult<StillDamaged> {
        let ids = IdsRequest::of(&body.ids)?;
        let ids: Vec<BlobId> = ids.iter().copied().map(BlobId).collect();
        ok(StillDamaged::of(
            self.services.admin.proofs.check(&actor, &ids).await?,
        ))
    }

    /// Takes the bytes of damaged blobs for what they are, where there are as many as there were: they
    /// are given to people again. Answers those that have not as many.
    #[oai(
        path = "/admin/proof/accept",
        method = "post",
        operation_id = "acceptDamagedEntities"
    )]
    async fn accept(
        &self,
        actor: Needs<AdminWrite>,
        body: Json<BlobIds>,
    ) -> ApiResult<StillDamaged> {
        let ids = IdsRequest::of(&body.ids)?;
        let ids: Vec<BlobId> = ids.iter().copied().map(BlobId).collect();
        ok(StillDamaged::of(
            self.services.admin.proofs.accept(&actor, &ids).await?,
        ))
    }
}
