//! What is unfinished at any of them.

use std::collections::HashMap;

use super::MirrorDriver;
use super::pairs::{Pairs, decode, encode};
use super::upload::States;
use crate::{DriverError, Staged};

/// What vendors call the uploads of a mirror, of which [`crate::Driver::begin_upload`] answered this.
pub fn member_states(vendor_state: &str) -> Vec<String> {
    let states = decode(vendor_state.as_bytes()).map(States::of_pairs);
    states.map_or_else(Vec::new, |states| states.texts().collect())
}

impl MirrorDriver {
    /// An upload that several have is listed once.
    pub(super) async fn staged_anywhere(&self) -> Result<Vec<Staged>, DriverError> {
        let mut found: Vec<(Pairs, Staged)> = Vec::new();
        let mut places = HashMap::new();
        let (mut why, mut answered) = (None, false);
        for member in &self.members {
            let staged = match member.driver.list_staging().await {
                Ok(staged) => {
                    answered = true;
                    staged
                }
                Err(error) => {
                    why = why.or(Some(error));
                    continue;
                }
            };
            for staged in staged {
                let name = (member.id, staged.name.clone().into_bytes());
                let known = staged.upload.and_then(|id| places.get(&id).copied());
                if let Some(known) = known {
                    let (names, all): &mut (Pairs, Staged) = &mut found[known];
                    names.push(name);
                    all.modified = all.modified.max(staged.modified);
                    continue;
                }
                if let Some(id) = staged.upload {
                    places.insert(id, found.len());
                }
                found.push((vec![name], staged));
            }
        }
        // Members are policies as well, and swept as such: who is away now is looked through later.
        if let Some(error) = why
            && !answered
        {
            return Err(error);
        }
        let named = found.into_iter().map(|(names, staged)| Staged {
            name: String::from_utf8_lossy(&encode(&names)).into_owned(),
            ..staged
        });
        Ok(named.collect())
    }

    pub(super) async fn discard_everywhere(&self, staged: &Staged) -> Result<(), DriverError> {
        for (id, name) in decode(staged.name.as_bytes()).unwrap_or_default() {
            let member = self.members.iter().find(|member| member.id == id);
            if let Some(member) = member {
                let of_member = Staged {
                    name: String::from_utf8_lossy(&name).into_owned(),
                    ..staged.clone()
                };
                member.driver.discard_staging(&of_member).await?;
            }
        }
        Ok(())
    }
}
