import RoostCore

/// One slot that is being copied from others: which of them are still to be asked, and how far that has got.
struct SlotMerge: Sendable {
    /// Why a slot is copied.
    enum Purpose: Equatable, Sendable {
        /// This node is to own it, or stays an owner while it moves.
        case move
        /// The log lost a part of it.
        case restore
        /// Another owner's digest differs.
        case repair
    }

    /// Where a copy stands. Each state can become any other but `ending`, which ends the merge or begins it again.
    enum Step: Equatable, Sendable {
        /// The next request goes out then.
        case waiting(until: Instant)
        /// A page was asked for.
        case pulling(GatewayToken, until: Instant)
        /// Bodies were asked for.
        case reading(GatewayToken, until: Instant)
        /// Everything is copied; the log has not answered all of it, and may refuse a part.
        case logging
        /// Everything is copied and on disk; the mark that says so is on its way there.
        case ending
    }

    let slot: Slot
    let version: UInt64
    let purpose: Purpose
    /// Owners that may be copied from and have not been, the one that is asked now first.
    var sources: [NodeID]
    /// How many more of them it takes.
    var needed: Int
    /// Where each source's copy goes on, once it has begun.
    var cursors: [NodeID: CopyCursor] = [:]
    var step = Step.waiting(until: .zero)
    /// Messages of the last page that are still to be read.
    var runs: [ReplicaMachine.MissingRun] = []
    /// Where the page ended; `nil` after the last one.
    var next: CopyCursor?
    /// Whether a page has been taken whose runs are not all read.
    var isInPage = false

    init(slot: Slot, version: UInt64, purpose: Purpose, sources: [NodeID], needed: Int) {
        self.slot = slot
        self.version = version
        self.purpose = purpose
        self.sources = sources
        self.needed = needed
    }

    /// The operation whose answer it waits for.
    var token: GatewayToken? {
        switch step {
        case .pulling(let token, _), .reading(let token, _): token
        case .waiting, .logging, .ending: nil
        }
    }

    /// Begins with another source: this one does not answer, or cannot read what it holds.
    mutating func turnToNextSource(at time: Instant) {
        if sources.count > 1 { sources.append(sources.removeFirst()) }
        runs = []
        isInPage = false
        step = .waiting(until: time)
    }
}
