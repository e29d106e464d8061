import RoostCore

/// One change to one register, from the first `prepare` to a decided value.
///
/// Two phases, always: no round trip is saved by remembering an earlier promise, for that is where implementations went
/// wrong. A change is applied to the value of the highest ballot that a quorum tells; a conflict or a silent acceptor
/// starts over with a higher ballot, after the first conflict at once, later after a random pause. Once a changed value has gone out, giving up is
/// ``Outcome/outcomeUnknown``: another proposer may find the value and finish it.
public struct RegisterProposer<Change: RegisterChange>: Sendable {
    /// How it ended.
    public enum Outcome: Equatable, Sendable {
        /// The value that is decided now, with the change made.
        case decided([UInt8])
        /// The value forbids the change, which has not been made and will not be.
        case refused(reason: UInt8, value: [UInt8])
        /// No quorum answered in time; the change has not been made and will not be.
        case unavailable
        /// The change may or may not have been made, or be made yet: no quorum answered in time, or the value forbids the
        /// change now, but others wrote it after an earlier try had gone out, perhaps on top of that try.
        case outcomeUnknown
    }

    /// What the proposer asks for.
    public enum Action: Equatable, Sendable {
        /// Send phase one to this acceptor.
        case prepare(NodeID, Ballot)
        /// Send phase two to this acceptor.
        case accept(NodeID, Ballot, [UInt8])
        /// It is over.
        case finished(Outcome)
    }

    /// How far it has got.
    private enum Phase: Equatable, Sendable {
        /// Collecting promises. Can become `accepting`, `pausing` or `over`.
        case preparing
        /// Collecting acceptances; this is the outcome when there are enough. Can become `preparing`, `pausing` or `over`.
        case accepting(Outcome)
        /// Waiting to start over. Can become `preparing` or `over`.
        case pausing(until: Instant)
        /// Finished.
        case over
    }

    /// How long a round may take before it starts over: two round trips with a sync each, over a slow network.
    public static var roundPatience: TimeSpan { .milliseconds(2500) }
    /// The longest pause after a conflict; it doubles from a hundredth with each.
    private static var pauseMillisecondsMax: Int { 3200 }

    private let change: Change
    private var quorum: Quorum
    private let deadline: Instant
    /// Drawn anew for each operation: a node that restarts, or runs two at once, never uses a ballot twice, and under
    /// one ballot there is one value.
    private let proposer: UniqueID
    private var random: SeededRandom
    private var phase = Phase.preparing
    private var ballot: Ballot
    private var highestSeen: UInt64 = 0
    private var conflicts = 0
    private var roundEnds: Instant
    private var answered: [NodeID] = []
    private var best: (accepted: Ballot, value: [UInt8]) = (.zero, [])
    /// The first and the last ballot under which a value with the change in it went out.
    private var sent: (first: Ballot, last: Ballot)?

    /// Starts with phase one.
    /// - Parameters:
    ///   - change: what to do to the value.
    ///   - quorum: who has to agree.
    ///   - now: the time.
    ///   - deadline: when to give up.
    ///   - random: for ballots and pauses.
    ///   - actions: takes the first sends.
    public init(
        change: Change, quorum: Quorum, now: Instant, deadline: Instant, random: SeededRandom,
        into actions: inout [Action]
    ) {
        var random = random
        self.change = change
        self.quorum = quorum
        proposer = UniqueID.random(using: &random)
        self.deadline = deadline
        self.random = random
        ballot = .zero
        roundEnds = now
        startRound(now: now, into: &actions)
    }

    /// When ``timerFired(now:into:)`` wants to be called.
    public var nextDeadline: Instant {
        switch phase {
        case .preparing, .accepting: min(roundEnds, deadline)
        case .pausing(let until): min(until, deadline)
        case .over: .distantFuture
        }
    }

    private mutating func startRound(now: Instant, into actions: inout [Action]) {
        highestSeen += 1
        ballot = Ballot(round: highestSeen, proposer: proposer)
        phase = .preparing
        answered = []
        best = (.zero, [])
        roundEnds = now + RegisterProposer.roundPatience
        for member in quorum.members { actions.append(.prepare(member, ballot)) }
    }

    /// An acceptor promised.
    public mutating func promised(
        by node: NodeID, ballot: Ballot, accepted: Ballot, value: [UInt8], into actions: inout [Action]
    ) {
        guard phase == .preparing, ballot == self.ballot, isNewAnswer(from: node) else { return }
        answered.append(node)
        if accepted > best.accepted { best = (accepted, value) }
        guard quorum.isReached(by: answered) else { return }
        answered = []
        propose(into: &actions)
    }

    /// Makes the change, on the value of the highest ballot that a quorum told.
    private mutating func propose(into actions: inout [Action]) {
        if let sent, sent.last == best.accepted {
            // Our own last try, taken by some: it is finished as it is.
            return accept(best.value, hasChange: true, then: .decided(best.value), into: &actions)
        }
        switch change.apply(to: best.value) {
        case .write(let value):
            precondition(value.count <= Change.valueBytesMax, "a register's value of \(value.count) bytes")
            accept(value, hasChange: true, then: .decided(value), into: &actions)
        case .keep:
            accept(best.value, hasChange: false, then: .decided(best.value), into: &actions)
        case .refuse(let reason):
            if let sent, best.accepted >= sent.first {
                // This is an earlier try of ours, or somebody went on after it and may have built on it. What was accepted
                // under a lower ballot cannot have: whoever had taken our try would have refused that ballot.
                phase = .over
                actions.append(.finished(.outcomeUnknown))
            } else {
                // The value that forbids it may be undecided yet: deciding it first makes the refusal final.
                accept(
                    best.value, hasChange: false, then: .refused(reason: reason, value: best.value), into: &actions)
            }
        }
    }

    private mutating func accept(
        _ value: [UInt8], hasChange: Bool, then outcome: Outcome, into actions: inout [Action]
    ) {
        if hasChange { sent = (sent?.first ?? ballot, ballot) }
        phase = .accepting(outcome)
        for member in quorum.members { actions.append(.accept(member, ballot, value)) }
    }

    /// An acceptor accepted.
    public mutating func accepted(by node: NodeID, ballot: Ballot, into actions: inout [Action]) {
        guard case .accepting(let outcome) = phase, ballot == self.ballot, isNewAnswer(from: node) else { return }
        answered.append(node)
        guard quorum.isReached(by: answered) else { return }
        phase = .over
        actions.append(.finished(outcome))
    }

    private func isNewAnswer(from node: NodeID) -> Bool {
        quorum.members.contains(node) && !answered.contains(node)
    }

    /// An acceptor has promised a higher ballot.
    public mutating func conflicted(
        with promised: Ballot, ballot: Ballot, now: Instant, into actions: inout [Action]
    ) {
        if promised.isUsable { highestSeen = max(highestSeen, promised.round) }
        guard ballot == self.ballot else { return }
        switch phase {
        case .preparing where conflicts == 0:
            // The first try knows of no ballots: it is too low wherever the register was ever changed, and that is no dispute.
            conflicts = 1
            startRound(now: now, into: &actions)
        case .preparing, .accepting:
            // Two proposers that outbid each other need pauses longer than a round takes, whatever that is here.
            conflicts += 1
            let longest = min(RegisterProposer.pauseMillisecondsMax, 32 << min(conflicts, 16))
            phase = .pausing(until: now + .milliseconds(2 + UInt64(random.below(longest))))
        case .pausing, .over:
            break
        }
    }

    /// Others have to agree now. What was answered before counts for nothing; what went out may still have been taken.
    public mutating func quorumChanged(to quorum: Quorum, now: Instant, into actions: inout [Action]) {
        self.quorum = quorum
        guard phase != .over else { return }
        startRound(now: now, into: &actions)
    }

    /// A deadline has come.
    public mutating func timerFired(now: Instant, into actions: inout [Action]) {
        guard phase != .over, now >= nextDeadline else { return }
        guard now < deadline else {
            phase = .over
            actions.append(.finished(sent == nil ? .unavailable : .outcomeUnknown))
            return
        }
        startRound(now: now, into: &actions)
    }
}
