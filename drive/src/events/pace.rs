//! When changes are told: the first at once, those that follow it collected.

use std::time::Duration;
use tokio::time::Instant;

/// After a first message changes are collected for this part of the longest time.
const FIRST_GAP_PART: u32 = 5;

/// How fast one stream tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// When changes were last told, and how long those that follow are collected.
    last: Option<(Instant, Duration)>,
}

impl Pace {
    /// When changes that came at `since` are told.
    pub fn tell_at(self, since: Instant) -> Instant {
        match self.last {
            Some((notified, gap)) => since.max(notified + gap),
            None => since,
        }
    }

    /// Changes were told. The next are collected ever longer while they go on, up to `longest`;
    /// when it was quiet before, for a part of that.
    pub fn notified(&mut self, now: Instant, longest: Duration) {
        let first = longest / FIRST_GAP_PART;
        let gap = match self.last {
            Some((notified, gap)) if now < notified + gap + longest => {
                (gap * 2).clamp(first, longest)
            }
            _ => first,
        };
        self.last = Some((now, gap));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(5);

    #[test]
    fn steady_changes_are_told_less_and_less_often_and_never_held_back_for_longer_than_said() {
        let mut pace = Pace::default();
        let mut now = Instant::now();
        assert_eq!(pace.tell_at(now), now);
        let mut gaps = Vec::new();
        for _ in 0..6 {
            pace.notified(now, LONGEST);
            let next = pace.tell_at(now);
            gaps.push((next - now).as_secs());
            now = next;
        }
        assert_eq!(gaps, [1, 2, 4, 5, 5, 5]);
    }

    #[test]
    fn after_a_quiet_while_the_first_change_is_told_at_once_again() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.notified(now, LONGEST);
        pace.notified(now, LONGEST);
        let later = now + Duration::from_secs(20);
        assert_eq!(pace.tell_at(later), later);
        pace.notified(later, LONGEST);
        assert_eq!(pace.tell_at(later), later + Duration::from_secs(1));
    }
}
