//! Cases whose result may still change, because the target may die some time after it has ended a
//! connection. Meanwhile, other cases are played.

use std::mem;

use super::worker::{Held, Worker};
use crate::target::{Death, Health};

impl<'a> Worker<'a> {
    /// Looks at the held cases, and reports those whose result cannot change any more.
    pub(super) async fn look(&mut self) {
        let Ok(handle) = &self.handle else { return };
        for held in &mut self.held {
            handle.look(&mut held.pending).await;
        }
        let is_over = |held: &Held<'_>| held.pending.is_over();
        let (over, held): (Vec<_>, Vec<_>) =
            mem::take(&mut self.held).into_iter().partition(is_over);
        self.held = held;
        let (died, survived): (Vec<_>, Vec<_>) = over.into_iter().partition(has_died);
        for held in survived {
            self.judge(held).await;
        }
        self.blame(died).await;
    }

    /// Waits until no result can change any more, and reports all.
    pub(super) async fn settle(&mut self) {
        self.look().await;
        while let (Some(held), Ok(handle)) = (self.held.first_mut(), &mut self.handle) {
            handle.settle(&mut held.pending).await;
            self.look().await;
        }
    }

    /// Reports what is known about the held cases when the run is stopped.
    pub(super) async fn stop(&mut self) {
        let Ok(handle) = &self.handle else { return };
        let mut all = mem::take(&mut self.held);
        for held in &mut all {
            handle.look(&mut held.pending).await;
        }
        for held in all.into_iter().filter(|held| held.pending.is_over()) {
            self.judge_now(held);
        }
    }

    /// Finds out which of these plays, after or in which the target was found dead, killed it.
    async fn blame(&mut self, died: Vec<Held<'a>>) {
        let Ok(handle) = &mut self.handle else { return };
        if died.len() < 2 || !handle.is_shared() {
            for held in died {
                self.judge(held).await;
            }
        } else if handle.renew() {
            self.play_alone(died).await;
        } else {
            self.name_all(died).await;
        }
    }

    /// Plays each case again, at a target of its own. If the target survives them all, the last case
    /// that was played before keeps its result.
    async fn play_alone(&mut self, died: Vec<Held<'a>>) {
        let mut alone = Vec::new();
        for held in &died {
            alone.push(self.play_again(held).await);
        }
        let mut again = alone.iter().flatten();
        let is_found = again.any(|pending| pending.attempt().has_died());
        let last = died.iter().rposition(|held| !was_refused(held));
        for (number, (mut held, again)) in died.into_iter().zip(alone).enumerate() {
            match again {
                Some(again) if is_found || last != Some(number) => held.pending = again,
                Some(_) | None => {}
            }
            self.judge(held).await;
        }
    }

    /// Says of each case that it may have killed the target, which cannot be started again. A case
    /// for which the target did not accept a connection was not played.
    async fn name_all(&mut self, died: Vec<Held<'a>>) {
        let (refused, mut played): (Vec<_>, Vec<_>) = died.into_iter().partition(was_refused);
        let ids: Vec<_> = played
            .iter()
            .map(|held| held.case.id().to_owned())
            .collect();
        if ids.len() > 1 {
            for held in &mut played {
                let mut others = ids.clone();
                others.retain(|id| id != held.case.id());
                held.pending.set_health(Health::Died(Death::OneOf(others)));
            }
        }
        for held in played {
            self.judge(held).await;
        }
        for mut held in refused {
            held.pending.set_health(Health::NotAsked);
            self.judge(held).await;
        }
    }
}

fn has_died(held: &Held<'_>) -> bool {
    held.pending.attempt().has_died()
}

fn was_refused(held: &Held<'_>) -> bool {
    held.pending.attempt().was_refused()
}
