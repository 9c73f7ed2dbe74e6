//! What a claim of a key means, for whoever writes a store.

use overten_webhook::{Claim, Code, LedgerEntry, Retention, UnixSeconds};

use crate::pointers::{Caller, entry};
use crate::reception::{OVERTEN_OUTCOME_DUPLICATE, OVERTEN_OUTCOME_IN_FLIGHT, OVERTEN_OUTCOME_NEW};
use crate::status::Status;

/// A ledger knows nothing of the key.
pub const OVERTEN_LEDGER_NOTHING: u32 = 0;
/// Somebody claimed the key, and has neither committed nor released it.
pub const OVERTEN_LEDGER_CLAIMED: u32 = 1;
/// The key was handled.
pub const OVERTEN_LEDGER_COMMITTED: u32 = 2;

/// Judges a claim of a key by what your ledger knows of it.
///
/// `entry_kind` is one of `OVERTEN_LEDGER_...`, `entry_unix_seconds` when that was. `*out_outcome` is what
/// `overten_reception_advance` takes: `OVERTEN_OUTCOME_NEW`: the key is the caller's, who handles the delivery, then commits or
/// releases; `OVERTEN_OUTCOME_DUPLICATE`: it was handled; `OVERTEN_OUTCOME_IN_FLIGHT`: somebody has it now. A claim
/// lapses once it is `lease_seconds` old, or lies further in the future than that, which only a clock put back can show; a
/// committed key once it is older than `retention_seconds`. Look up, judge and record under one lock or in one transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_claim_judge(
    entry_kind: u32,
    entry_unix_seconds: i64,
    now_unix_seconds: i64,
    lease_seconds: u64,
    retention_seconds: u64,
    out_outcome: *mut u32,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_outcome)?;
        let at = UnixSeconds::new(entry_unix_seconds);
        let known = match entry_kind {
            OVERTEN_LEDGER_NOTHING => None,
            OVERTEN_LEDGER_CLAIMED => Some(LedgerEntry::Claimed { at }),
            OVERTEN_LEDGER_COMMITTED => Some(LedgerEntry::Committed { at }),
            _ => return Err(Code::InvalidArgument.into()),
        };
        let now = UnixSeconds::new(now_unix_seconds);
        let retention = Retention::from_seconds(retention_seconds);
        out.write(match Claim::judge(known, now, lease_seconds, retention) {
            Claim::New => OVERTEN_OUTCOME_NEW,
            Claim::Duplicate => OVERTEN_OUTCOME_DUPLICATE,
            Claim::InFlight => OVERTEN_OUTCOME_IN_FLIGHT,
        });
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}
