import RoostConsensus
import RoostCore
import RoostMembership
import RoostRing

/// Deciding on the next ring: this node as a voter, and as one who proposes.
extension ControlMachine {
    typealias DecisionAction = RegisterProposer<EpochDecision>.Action

    /// What a proposal is for.
    enum ProposalPurpose: Equatable, Sendable {
        /// The first of the changes that wait.
        case change
        /// The next step of a movement.
        case movement
    }

    /// A record that this node proposes.
    struct Proposal: Sendable {
        let token: UInt64
        let record: EpochRecord
        let bytes: [UInt8]
        let purpose: ProposalPurpose
        /// The members that are given up by it, when it has to do without a majority of the voters.
        let lost: [NodeID]
        var proposer: RegisterProposer<EpochDecision>
    }

    /// A change that an operator asked for.
    struct WaitingChange: Sendable {
        let token: UInt64
        let change: RingChange
        let deadline: Instant
        /// Voters that have been heard of since it was proposed first.
        var answered: [NodeID] = []
    }

    /// How long a change may take until it is decided; the moves come after that.
    static let changePatience = TimeSpan.seconds(30)
    /// How long one proposal is tried.
    static let proposalPatience = TimeSpan.seconds(10)

    // MARK: Voting

    /// Hears a message of a decision.
    mutating func heard(
        _ message: ControlMessage, from peer: NodeID, now: Instant, into actions: inout [ControlAction]
    ) {
        switch message {
        case .prepareEpoch(let token, let epoch, let ballot):
            guard let state = acceptor(of: epoch, hearing: message, from: peer, now: now, into: &actions)
            else { return }
            prepare(ballot, of: epoch, state, token: token, for: peer, now: now, into: &actions)
        case .prepareRescue(let token, let epoch, let ballot, let lost):
            guard
                let state = acceptor(of: epoch, hearing: message, from: peer, now: now, lost: lost, into: &actions)
            else { return }
            prepare(ballot, of: epoch, state, token: token, for: peer, now: now, into: &actions)
        case .acceptEpoch(let token, let epoch, let ballot, let value):
            guard let state = acceptor(of: epoch, hearing: message, from: peer, now: now, into: &actions),
                isNext(value, from: peer, into: &actions)
            else { return }
            let (new, reply) = state.accepting(ballot, value: value)
            switch reply {
            case .accepted:
                vote(
                    EpochVote(epoch: epoch, state: new), then: .epochAccepted(token: token, ballot: ballot), to: peer,
                    into: &actions)
            case .conflict(let promised):
                say(
                    .epochConflict(token: token, ballot: ballot, promised: promised), to: peer, now: now,
                    into: &actions)
            }
        case .epochPromised(let token, let ballot, let accepted, let value):
            guard value.isEmpty || isNext(value, from: peer, into: &actions) else { return }
            answered(token, by: peer, now: now, into: &actions) { proposer, output in
                proposer.promised(by: peer, ballot: ballot, accepted: accepted, value: value, into: &output)
            }
        case .epochAccepted(let token, let ballot):
            answered(token, by: peer, now: now, into: &actions) { proposer, output in
                proposer.accepted(by: peer, ballot: ballot, into: &output)
            }
        case .epochConflict(let token, let ballot, let promised):
            answered(token, by: peer, now: now, into: &actions) { proposer, output in
                proposer.conflicted(with: promised, ballot: ballot, now: now, into: &output)
            }
        case .fetchRing, .ring, .askStatus, .status, .merged:
            break
        }
    }

    private mutating func prepare(
        _ ballot: Ballot, of epoch: Epoch, _ state: RegisterState, token: UInt64, for peer: NodeID, now: Instant,
        into actions: inout [ControlAction]
    ) {
        let (new, reply) = state.preparing(ballot)
        switch reply {
        case .promised(let accepted, let value):
            let answer = ControlMessage.epochPromised(token: token, ballot: ballot, accepted: accepted, value: value)
            vote(EpochVote(epoch: epoch, state: new), then: answer, to: peer, into: &actions)
        case .conflict(let promised):
            say(.epochConflict(token: token, ballot: ballot, promised: promised), to: peer, now: now, into: &actions)
        }
    }

    /// This node's part in deciding on an epoch; `nil` when it has none, or not yet. A rescue names the members that are
    /// `lost`, a decision by majority none.
    private mutating func acceptor(
        of epoch: Epoch, hearing message: ControlMessage, from peer: NodeID, now: Instant, lost: [NodeID] = [],
        into actions: inout [ControlAction]
    ) -> RegisterState? {
        guard let record else { return nil }
        guard epoch > record.number else {
            // It is decided.
            say(.ring(record.encode()), to: peer, now: now, into: &actions)
            return nil
        }
        guard epoch == record.number + 1 else {
            heldBack = (peer, message)
            if undecided?.number != epoch - 1 { say(.fetchRing, to: peer, now: now, into: &actions) }
            return nil
        }
        let state = vote.flatMap { $0.epoch == epoch ? $0.state : nil }
        guard lost.isEmpty else { return canRescue(record, without: lost) ? state ?? RegisterState() : nil }
        // One who has no vote has promised something only in a rescue, and then goes through with it.
        return record.voters.contains(local.id) ? state ?? RegisterState() : state
    }

    /// Whether this node is one of those who decide without the lost, and agrees that they are dead.
    private func canRescue(_ record: EpochRecord, without lost: [NodeID]) -> Bool {
        record.needsRescue(without: lost) && record.rescuers(without: lost).contains(local.id)
            && lost.allSatisfy(isDead)
    }

    /// Whether these bytes are a record that may come next: no voter accepts or passes on anything else.
    private func isNext(_ bytes: [UInt8], from peer: NodeID, into actions: inout [ControlAction]) -> Bool {
        guard let record else { return false }
        do throws(RingError) {
            let next = try EpochRecord(decoding: bytes)
            if next.follows(record) { return true }
            // What was said about an epoch that has been decided meanwhile comes late, and is no wrong.
            if next.number > record.number {
                actions.append(.ringRefused(from: peer, .doesNotFollow(epoch: next.number)))
            }
        } catch {
            actions.append(.ringRefused(from: peer, .malformed(error)))
        }
        return false
    }

    private mutating func vote(
        _ vote: EpochVote, then answer: ControlMessage, to peer: NodeID, into actions: inout [ControlAction]
    ) {
        self.vote = vote
        nextToken += 1
        unsaid[nextToken] = (peer, answer)
        actions.append(.persistVote(vote, token: nextToken))
    }

    /// A vote is on disk: what it stands for may be said.
    public mutating func votePersisted(_ token: UInt64, now: Instant, into actions: inout [ControlAction]) {
        guard let (peer, answer) = unsaid.removeValue(forKey: token) else { return }
        say(answer, to: peer, now: now, into: &actions)
    }

    /// Says something to a node, or hears it if it is this one.
    mutating func say(
        _ message: ControlMessage, to peer: NodeID, now: Instant, into actions: inout [ControlAction]
    ) {
        if peer == local.id {
            received(message, from: peer, now: now, into: &actions)
        } else {
            actions.append(.send(peer, message))
        }
    }

    // MARK: Proposing

    /// An operator asks for a change; answered by `changeAnswer` with the token, when it is decided or cannot be.
    public mutating func changeRequested(
        token: UInt64, _ change: RingChange, now: Instant, into actions: inout [ControlAction]
    ) {
        guard record != nil else { return actions.append(.changeAnswer(token: token, .noRing)) }
        guard changes.count < Limits.ringChangesMax else {
            return actions.append(.changeAnswer(token: token, .busy))
        }
        changes.append(WaitingChange(token: token, change: change, deadline: now + ControlMachine.changePatience))
        proposeNext(now: now, into: &actions)
    }

    /// Proposes the first change that waits, unless something is under way.
    mutating func proposeNext(now: Instant, into actions: inout [ControlAction]) {
        while proposal == nil, undecided == nil, let record, let first = changes.first {
            do throws(RingChangeError) {
                propose(try record.changed(first.change), for: .change, after: record, now: now, into: &actions)
            } catch {
                end(0, .refused(error), into: &actions)
            }
        }
    }

    /// Answers a change that waits.
    private mutating func end(_ place: Int, _ answer: RingChangeAnswer, into actions: inout [ControlAction]) {
        actions.append(.changeAnswer(token: changes.remove(at: place).token, answer))
        guard place == 0 else { return }
        // What is proposed for a change is proposed for the first.
        if proposal?.purpose == .change { proposal = nil }
        proposedChange = nil
        mayHaveAccepted = false
    }

    mutating func propose(
        _ next: EpochRecord, for purpose: ProposalPurpose, after record: EpochRecord, now: Instant,
        into actions: inout [ControlAction]
    ) {
        nextToken += 1
        var output: [DecisionAction] = []
        let bytes = next.encode()
        let lost = next.rescue == record.rescue ? [] : changes.first?.change.lost ?? []
        let proposer = RegisterProposer(
            change: EpochDecision(record: bytes),
            quorum: lost.isEmpty ? Quorum(current: record.voters) : Quorum(allOf: record.rescuers(without: lost)),
            now: now,
            deadline: now + ControlMachine.proposalPatience, random: SeededRandom(seed: random.next()), into: &output)
        proposal = Proposal(
            token: nextToken, record: next, bytes: bytes, purpose: purpose, lost: lost, proposer: proposer)
        if purpose == .change { proposedChange = next }
        carryOut(output, now: now, into: &actions)
    }

    private mutating func answered(
        _ token: UInt64, by peer: NodeID? = nil, now: Instant, into actions: inout [ControlAction],
        _ event: (inout RegisterProposer<EpochDecision>, inout [DecisionAction]) -> Void
    ) {
        guard proposal?.token == token, var proposer = proposal?.proposer else { return }
        if let peer, proposal?.purpose == .change, changes.first?.answered.contains(peer) == false {
            changes[0].answered.append(peer)
        }
        var output: [DecisionAction] = []
        event(&proposer, &output)
        proposal?.proposer = proposer
        carryOut(output, now: now, into: &actions)
    }

    private mutating func carryOut(
        _ output: [DecisionAction], now: Instant, into actions: inout [ControlAction]
    ) {
        guard let proposal else { return }
        for action in output {
            switch action {
            case .prepare(let node, let ballot):
                let epoch = proposal.record.number
                let message: ControlMessage =
                    proposal.lost.isEmpty
                    ? .prepareEpoch(token: proposal.token, epoch: epoch, ballot: ballot)
                    : .prepareRescue(token: proposal.token, epoch: epoch, ballot: ballot, lost: proposal.lost)
                say(message, to: node, now: now, into: &actions)
            case .accept(let node, let ballot, let value):
                if proposal.purpose == .change, value == proposal.bytes { mayHaveAccepted = true }
                say(
                    .acceptEpoch(token: proposal.token, epoch: proposal.record.number, ballot: ballot, value: value),
                    to: node, now: now, into: &actions)
            case .finished(.decided(let value)):
                self.proposal = nil
                decided(value, from: local.id, now: now, into: &actions)
            case .finished:
                self.proposal = nil
            }
        }
    }

    /// A majority of the voters has accepted this record.
    private mutating func decided(
        _ bytes: [UInt8], from peer: NodeID, now: Instant, into actions: inout [ControlAction]
    ) {
        spreadNext = true
        learn(bytes, from: peer, now: now, into: &actions)
    }

    mutating func tickDecisions(now: Instant, into actions: inout [ControlAction]) {
        if let proposal, now >= proposal.proposer.nextDeadline {
            answered(proposal.token, now: now, into: &actions) { proposer, output in
                proposer.timerFired(now: now, into: &output)
            }
        }
        while let late = changes.firstIndex(where: { now >= $0.deadline }) {
            let answered = changes[late].answered.sorted()
            let silent = record?.voters.filter { !answered.contains($0) } ?? []
            let isUnknown = late == 0 && mayHaveAccepted
            end(
                late,
                isUnknown
                    ? .outcomeUnknown(answered: answered, silent: silent)
                    : .unavailable(answered: answered, silent: silent), into: &actions)
        }
        proposeNext(now: now, into: &actions)
    }

    /// These are members no more and end: a change that waits to bring one of them in would give the ring to a process that is gone,
    /// all of it perhaps.
    mutating func refuseReturns(of gone: [Member], into actions: inout [ControlAction]) {
        for member in gone {
            while let place = changes.firstIndex(where: { $0.change.newcomer == member.id }) {
                end(place, .refused(.removedMeanwhile(member.name)), into: &actions)
            }
        }
    }

    /// A record has been adopted: whatever was proposed in its place is over.
    mutating func settleProposals(now: Instant, into actions: inout [ControlAction]) {
        guard let record else { return }
        if let over = proposal, over.record.number <= record.number { proposal = nil }
        guard let proposed = proposedChange, proposed.number <= record.number else { return }
        let distance = record.number - proposed.number
        if proposed == record || distance > 0 && distance <= record.ancestors.count && record.descends(from: proposed) {
            end(0, .made(record), into: &actions)
        } else if distance > record.ancestors.count, mayHaveAccepted {
            // So much has been decided meanwhile that the ring does not tell any more.
            end(0, .outcomeUnknown(answered: changes[0].answered.sorted(), silent: []), into: &actions)
        } else {
            // Another record won: the change is tried again on that.
            proposedChange = nil
            mayHaveAccepted = false
        }
    }
}
