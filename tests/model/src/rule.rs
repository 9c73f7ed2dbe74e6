//! The rules that can be taken away, one at a time.

/// A rule of the core, of a store or of a shell. Where it is taken away, some property must fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A store releases a claim only for the token that it was given to.
    TokenOnRelease,
    /// A store commits only for the token that the claim was given to.
    TokenOnCommit,
    /// A token is no two claims': the time of the claim is none.
    TokenIsNoTime,
    /// A store judges and takes a key in one step.
    AtomicClaim,
    /// A claim lapses.
    ClaimLapses,
    /// A claim that lies further in the future than a lease has lapsed.
    FutureClaimLapses,
    /// A holder whose lease lapsed before its function began does not begin.
    LapsedHolderDoesNotBegin,
    /// A lease counts from when the store was asked for the claim, not from when its answer came.
    LeaseFromTheAsking,
    /// A key is committed only after the event was handed on.
    CommitAfterHandOn,
    /// A key is committed only after the delivery was set aside.
    CommitAfterSetAside,
    /// A claim that failed is released: it may have been given.
    ReleaseAfterFailedClaim,
    /// A claim is released where the user's function failed.
    ReleaseAfterFailedFunction,
    /// A claim is released whose holder does not begin.
    ReleaseAfterLapse,
    /// A failure of the claim, or of the user's function, is not acknowledged.
    FailureIsNo2xx,
    /// Nor is a failure of the commit.
    FailedCommitIsNo2xx,
    /// A key that somebody is handling is not acknowledged.
    InFlightIsNo2xx,
    /// Nor is it refused.
    InFlightIsNo4xx,
    /// What is not done within 10 s is not acknowledged.
    LateIsNo2xx,
    /// A ledger object has its claims in memory, so that they end with it.
    ClaimInMemory,
    /// A ledger object drops its claim at the end of the work, whatever came of it.
    ClaimEndsWithTheWork,
}
