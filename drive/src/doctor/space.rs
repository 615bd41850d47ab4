//! Whether accounts are counted with what they hold.

use super::{Doctor, DoctorError, Problem};
use entity::UserId;
use store::integrity;

/// Accounts in one page.
const PAGE: u64 = 50;

impl Doctor<'_> {
    pub(super) async fn space(&mut self) -> Result<(), DoctorError> {
        let mut behind = UserId(0);
        loop {
            let page = integrity::usages(&self.core.store, behind, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            behind = last.id;
            for usage in page {
                if usage.used_bytes != usage.held_bytes {
                    self.measure(usage.id).await?;
                }
            }
        }
    }

    async fn measure(&mut self, id: UserId) -> Result<(), DoctorError> {
        let tx = self.core.store.begin().await?;
        let Some(usage) = integrity::usage_now(&tx, id).await? else {
            return Ok(());
        };
        let (counted, held) = (usage.used_bytes, usage.held_bytes);
        if counted == held {
            return Ok(());
        }
        if self.options.repair {
            integrity::set_used(&tx, id, held).await?;
            tx.commit().await?;
        }
        self.found(
            Problem::WrongUsage { id, counted, held },
            self.options.repair,
        );
        Ok(())
    }
}
