import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMembership
import RoostRing

/// What one node knows of the cluster: who is there, by gossip, and which ring was decided, by record.
///
/// A node without a ring waits. `roost init` on one of the waiting nodes mints the cluster and its first ring; the others
/// hear of its number by gossip, fetch the record over a link, check it, put it on disk and adopt it. A gossip verdict
/// about a node changes no ownership.
public struct ControlMachine: Sendable {
    /// How long an `init` waits for the nodes it expects.
    public static let initPatience = TimeSpan.seconds(60)
    /// How long a fetch of a ring record may take before it is asked for again.
    private static let fetchPatience = TimeSpan.seconds(1)
    /// Times that one peer is asked: gossip names another soon enough.
    private static let fetchTriesMax = 3

    /// This node.
    public let local: MemberDescription
    /// The ring in force; `nil` while the node waits for one.
    public private(set) var record: EpochRecord?
    private var recordHash: [UInt8] = []
    /// Adopted when it is on disk.
    var undecided: EpochRecord?
    private var membership: MembershipMachine
    var random: SeededRandom
    private var initialization: Initialization?
    private var fetch: Fetch?
    /// The latest ring that was refused: it is not asked for again.
    private var refusedEpoch: Epoch = 0
    private var membershipActions: [MembershipAction] = []
    var nextToken: UInt64 = 0

    // Deciding.
    /// This node's part in deciding on the next epoch.
    var vote: EpochVote?
    /// What may be said when a vote is on disk.
    var unsaid: [UInt64: (peer: NodeID, message: ControlMessage)] = [:]
    var changes: [WaitingChange] = []
    var proposal: Proposal?
    /// The record that was last proposed for the first of the changes, until it is known what became of it.
    var proposedChange: EpochRecord?
    /// Whether a voter may have accepted that record.
    var mayHaveAccepted = false
    /// The latest that was asked of this voter about an epoch after the next: heard as soon as it has caught up.
    var heldBack: (peer: NodeID, message: ControlMessage)?
    /// The record that is being put on disk was decided here: the others are to have it at once.
    var spreadNext = false

    // Moving.
    var ownMerged: OrderedDictionary<Slot, UInt64> = [:]
    var mergeReports: [Slot: MergeReports] = [:]
    var adoptedAt = Instant.zero
    /// What the slots move to under the adopted record, once somebody has asked.
    var movementTarget: [[NodeID]]?
    var lastAdvance = Instant.zero
    /// Something has happened since the last step that may allow the next.
    var mayAdvance = false
    var nextDrive = Instant.distantFuture
    var nextReport = Instant.distantFuture

    /// An `init` that waits for nodes.
    private struct Initialization: Sendable {
        let token: UInt64
        let expected: Int
        let slotCount: SlotCount
        let deadline: Instant
    }

    /// A record being fetched.
    private struct Fetch: Sendable {
        let epoch: Epoch
        var peer: NodeID
        var askAgainAt: Instant
        var tries = 1
    }

    /// Starts from what the disk holds.
    /// - Parameters:
    ///   - local: this node.
    ///   - record: the ring on disk; `nil` for a node that waits for one.
    ///   - vote: the vote on disk, if there is one.
    ///   - seeds: addresses of peers, `host:port`; may be wrong, dead, doubled or this node's own.
    ///   - settings: the timing of the gossip.
    ///   - random: for the gossip's choices.
    public init(
        local: MemberDescription, record: EpochRecord?, vote: EpochVote? = nil, seeds: [String],
        settings: MembershipSettings = MembershipSettings(), random: SeededRandom
    ) {
        var random = random
        self.local = local
        membership = MembershipMachine(
            local: local, seeds: seeds, settings: settings, random: SeededRandom(seed: random.next()))
        self.random = random
        self.vote = vote
        if let record { use(record) }
    }

    private mutating func use(_ record: EpochRecord) {
        self.record = record
        recordHash = record.hash
        membership.adoptRing(
            cluster: record.clusterID, epoch: record.number, hash: recordHash,
            members: record.members.map {
                MemberDescription(
                    id: $0.id, name: $0.name, zone: $0.zone, address: $0.address, clientAddress: $0.clientAddress,
                    boot: 0)
            })
    }

    /// The cluster this node belongs to; all zero while it waits for one.
    public var cluster: ClusterID { record?.clusterID ?? ClusterID(high: 0, low: 0) }

    /// The nodes that gossip knows, this one among them, by id.
    public var members: [MemberStatusEntry] { membership.members }

    // MARK: Time

    /// When ``timerFired(now:into:)`` wants to be called.
    public var nextDeadline: Instant {
        var deadline = membership.nextDeadline
        if let fetch { deadline = min(deadline, fetch.askAgainAt) }
        if let initialization { deadline = min(deadline, initialization.deadline) }
        if let proposal { deadline = min(deadline, proposal.proposer.nextDeadline) }
        for change in changes { deadline = min(deadline, change.deadline) }
        return min(deadline, nextDrive, nextReport)
    }

    /// Begins to gossip and to link.
    public mutating func start(now: Instant, into actions: inout [ControlAction]) {
        if let record {
            actions.append(.adopt(record))
            beginMovement(now: now)
        }
        gossip(now: now, into: &actions) { membership, output in membership.start(now: now, into: &output) }
        link(into: &actions)
    }

    /// A deadline has come.
    public mutating func timerFired(now: Instant, into actions: inout [ControlAction]) {
        if now >= membership.nextDeadline {
            gossip(now: now, into: &actions) { membership, output in membership.timerFired(now: now, into: &output) }
        }
        if let late = fetch, now >= late.askAgainAt {
            if late.tries < ControlMachine.fetchTriesMax {
                ask(late.peer, for: late.epoch, now: now, into: &actions)
                fetch?.tries = late.tries + 1
            } else {
                fetch = nil
            }
        }
        if let initialization, now >= initialization.deadline {
            self.initialization = nil
            let found = candidates().count
            actions.append(
                .initAnswer(
                    token: initialization.token, .tooFewNodes(found: found, expected: initialization.expected)))
        }
        tickDecisions(now: now, into: &actions)
        tickMovement(now: now, into: &actions)
    }

    /// The node stops: it says so, that nobody has to find out.
    public mutating func leave(now: Instant, into actions: inout [ControlAction]) {
        gossip(now: now, into: &actions) { membership, output in membership.leave(now: now, into: &output) }
    }

    // MARK: Gossip

    /// A datagram came.
    public mutating func received(
        _ datagram: GossipDatagram, from address: String, now: Instant, into actions: inout [ControlAction]
    ) {
        gossip(now: now, into: &actions) { membership, output in
            membership.received(datagram, from: address, now: now, into: &output)
        }
    }

    /// Another process was said to go by this node's identity, and whoever looked found nobody, or somebody who has to go.
    public mutating func identityUpheld(now: Instant, into actions: inout [ControlAction]) {
        gossip(now: now, into: &actions) { membership, output in membership.identityUpheld(into: &output) }
    }

    private mutating func gossip(
        now: Instant, into actions: inout [ControlAction],
        _ event: (inout MembershipMachine, inout [MembershipAction]) -> Void
    ) {
        var output = membershipActions
        membershipActions = []
        event(&membership, &output)
        var isChanged = false
        for action in output {
            switch action {
            case .send(let datagram, let address):
                actions.append(.sendDatagram(datagram, to: address))
            case .memberJoined, .memberRestarted:
                isChanged = true
            case .memberChanged(let node, let status):
                isChanged = true
                mayAdvance = true
                actions.append(.memberChanged(node, status))
            case .peerHasNewerEpoch(let epoch, from: let peer):
                if epoch > refusedEpoch, fetch.map({ $0.epoch < epoch }) ?? true {
                    ask(peer, for: epoch, now: now, into: &actions)
                }
            case .identityConflict(let address):
                actions.append(.identityConflict(address: address))
            case .dropped(let reason):
                if case .epochForked(let epoch, let node) = reason {
                    actions.append(.forked(epoch, from: node))
                    // One of the two may have to stop: the records tell.
                    if fetch == nil { ask(node, for: epoch, now: now, into: &actions) }
                }
                actions.append(.datagramDropped(reason))
            }
        }
        output.removeAll(keepingCapacity: true)
        membershipActions = output
        if isChanged {
            link(into: &actions)
            finishInitialization(now: now, into: &actions)
        }
    }

    /// Links go to every member of the ring and to every node that gossip has met.
    private func link(into actions: inout [ControlAction]) {
        let peers = membership.members.filter { $0.description.id != local.id }.map {
            ControlAction.Peer(node: $0.description.id, address: $0.description.address)
        }
        actions.append(.link(peers))
    }

    // MARK: The first ring

    /// An operator asks to make a cluster of the nodes that wait, as soon as there are `expected` of them; its ring has
    /// `slotCount` slots for ever.
    public mutating func initRequested(
        token: UInt64, expected: Int, slotCount: SlotCount, now: Instant, into actions: inout [ControlAction]
    ) {
        if let record {
            actions.append(.initAnswer(token: token, .exists(cluster: record.clusterID, epoch: record.number)))
            return
        }
        guard initialization == nil, undecided == nil else {
            actions.append(.initAnswer(token: token, .busy))
            return
        }
        initialization = Initialization(
            token: token, expected: max(1, expected), slotCount: slotCount, deadline: now + ControlMachine.initPatience)
        finishInitialization(now: now, into: &actions)
    }

    /// The nodes that wait for a ring and answer, this one among them, by id.
    private func candidates() -> [MemberDescription] {
        membership.members.filter { $0.status == .alive && $0.cluster.isZero }.map(\.description)
    }

    private mutating func finishInitialization(now: Instant, into actions: inout [ControlAction]) {
        guard let initialization, undecided == nil else { return }
        let nodes = candidates()
        guard nodes.count >= initialization.expected else { return }
        let members = nodes.map {
            Member(id: $0.id, name: $0.name, zone: $0.zone, address: $0.address, clientAddress: $0.clientAddress)
        }
        do throws(RingError) {
            let record = try EpochRecord.first(
                clusterID: UniqueID.random(using: &random), members: members, slotCount: initialization.slotCount)
            undecided = record
            actions.append(.persist(record))
        } catch {
            self.initialization = nil
            actions.append(.initAnswer(token: initialization.token, .impossible(error)))
        }
    }

    /// A ring record is on disk.
    public mutating func persisted(_ record: EpochRecord, now: Instant, into actions: inout [ControlAction]) {
        guard undecided == record else { return }
        undecided = nil
        fetch = nil
        let before = self.record
        use(record)
        spread(record, after: before, into: &actions)
        settleProposals(now: now, into: &actions)
        let gone = (before?.members ?? []).filter { member in !record.members.contains { $0.id == member.id } }
        refuseReturns(of: gone, into: &actions)
        guard record.members.contains(where: { $0.id == local.id }) else {
            return actions.append(.removed(record))
        }
        actions.append(.adopt(record))
        link(into: &actions)
        beginMovement(now: now)
        if let initialization {
            self.initialization = nil
            actions.append(.initAnswer(token: initialization.token, .made(record)))
        }
        if let held = heldBack {
            heldBack = nil
            heard(held.message, from: held.peer, now: now, into: &actions)
        }
        proposeNext(now: now, into: &actions)
    }

    /// Who decides a ring sends it to everybody whom it concerns, those who leave by it among them: gossip takes longer.
    private mutating func spread(
        _ record: EpochRecord, after before: EpochRecord?, into actions: inout [ControlAction]
    ) {
        guard spreadNext || before == nil && initialization != nil else { return }
        spreadNext = false
        let bytes = record.encode()
        let gone = before?.members.filter { old in !record.members.contains { $0.id == old.id } } ?? []
        for member in record.members + gone where member.id != local.id {
            actions.append(.send(member.id, .ring(bytes)))
        }
    }

    // MARK: Learning of rings

    private mutating func ask(_ peer: NodeID, for epoch: Epoch, now: Instant, into actions: inout [ControlAction]) {
        fetch = Fetch(epoch: epoch, peer: peer, askAgainAt: now + ControlMachine.fetchPatience)
        actions.append(.send(peer, .fetchRing))
    }

    /// A node said something about the ring.
    public mutating func received(
        _ message: ControlMessage, from peer: NodeID, now: Instant, into actions: inout [ControlAction]
    ) {
        switch message {
        case .fetchRing:
            guard let record else { return }
            actions.append(.send(peer, .ring(record.encode())))
        case .ring(let bytes):
            learn(bytes, from: peer, now: now, into: &actions)
        case .prepareEpoch, .prepareRescue, .epochPromised, .acceptEpoch, .epochAccepted, .epochConflict:
            heard(message, from: peer, now: now, into: &actions)
        case .merged(let slots):
            heard(merged: slots, from: peer)
        case .askStatus, .status:
            // The shells answer these: the numbers are theirs.
            break
        }
    }

    /// Takes a record, if it is later than the one in force and grew out of it.
    mutating func learn(
        _ bytes: [UInt8], from peer: NodeID, now: Instant, into actions: inout [ControlAction]
    ) {
        // One at a time: a later one is told again by gossip.
        guard undecided == nil else { return }
        let learned: EpochRecord
        do throws(RingError) {
            learned = try EpochRecord(decoding: bytes)
        } catch {
            actions.append(.ringRefused(from: peer, .malformed(error)))
            return
        }
        if let record, learned.rescue != record.rescue, learned.isForked(from: record) {
            return settleFork(learned, own: record, from: peer, into: &actions)
        }
        if let record, learned.number <= record.number {
            if learned.isForked(from: record) {
                fetch = nil
                actions.append(.forked(learned.number, from: peer))
            }
            return
        }
        if let refusal = refusal(of: learned) {
            fetch = nil
            refusedEpoch = max(refusedEpoch, learned.number)
            // A node that waits is told of rings that are none of its business.
            if record != nil { actions.append(.ringRefused(from: peer, refusal)) }
            return
        }
        undecided = learned
        actions.append(.persist(learned))
    }

    /// Two chains of one cluster, of which the one with the later rescue goes on.
    private mutating func settleFork(
        _ learned: EpochRecord, own: EpochRecord, from peer: NodeID, into actions: inout [ControlAction]
    ) {
        fetch = nil
        guard learned.rescue < own.rescue else { return actions.append(.outvoted(learned)) }
        refusedEpoch = max(refusedEpoch, learned.number)
        actions.append(.send(peer, .ring(own.encode())))
    }

    private func refusal(of learned: EpochRecord) -> ControlAction.RingRefusal? {
        if let record { return learned.descends(from: record) ? nil : .doesNotFollow(epoch: learned.number) }
        return learned.members.contains { $0.id == local.id } ? nil : .notAMember(epoch: learned.number)
    }
}
