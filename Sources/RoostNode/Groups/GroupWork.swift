import OrderedCollections
import RoostConsensus
import RoostCore
import RoostRing

/// What an orderer does for one group: passes, one after the other, each from reading what there is to taking what is finished out
/// of the order. A pass that comes to nothing (an owner away, another orderer ahead) is begun again from the start: whatever
/// it has done until then may be done again.
struct GroupWork: Sendable {
    /// Where a pass stands. Each step leads to the next, or back to `waiting`.
    enum Step: Equatable, Sendable {
        /// Nothing under way; the next look is then.
        case waiting(until: Instant)
        /// The group's order is read.
        case readingOrder
        /// Its list is.
        case readingList
        /// What waits is asked of the owners of the group.
        case collecting
        /// Owners have an older list than was read: it is decided again, so that they hear of it.
        case spreadingList
        /// Numbers are given.
        case assigning
        /// Bodies are read from an owner.
        case fetching
        /// Messages go to the mailboxes of the members.
        case expanding
        /// The owners of the group hear what is done with.
        case finishing
        /// The list hears which changes everybody has been told.
        case settling
        /// What is done with leaves the order.
        case closing
    }

    /// Names the pass: answers to an earlier one are not taken for its.
    var pass: GatewayToken = 0
    var step: Step
    /// Something came up since the pass began.
    var isStirred = false
    /// How long to wait before the next look, doubled while looks come to nothing.
    var pause = GroupWork.patience
    /// The generation of the order at the last look.
    var generationSeen: UInt64 = 0
    /// Names what was asked of owners in this step.
    var token: GatewayToken = 0
    /// When owners that have not answered are asked again.
    var askAgainAt = Instant.distantFuture
    /// When the pass is given up.
    var deadline = Instant.distantFuture
    var order = GroupOrder()
    var group: Group?
    /// Of the list's bytes.
    var listHash: UInt64 = 0
    /// The owners that have answered, a bit each.
    var answered: UInt8 = 0
    var waiting: [StreamKey: GroupPlan.Waiting] = [:]
    /// Whether the list has been spread in this pass.
    var hasSpread = false
    /// Streams of which the last pass found something that too few owners hold, or a gap: it may be finished.
    var doubtful: [StreamKey] = []
    /// Streams of which the owners are asked in this pass even if nothing of them waits.
    var asked: Set<StreamKey> = []
    /// What some owner does not know to be finished.
    var lagging: [ReplicaRequest.Finish.Stream] = []
    /// The assignments of this pass: the first of the window.
    var chunk: [GroupOrder.Assignment] = []
    /// Everything up to here needs no expanding: another orderer has seen to it.
    var settledNumber: StreamNumber = 0
    /// The bodies that have been read.
    var bodies: [GroupOrder.Item: GatewayReply.Fetched.Message] = [:]
    /// Which owner is asked for bodies.
    var source = 0
    var spreads: [GroupSpread] = []

    /// Who writes the streams of which bodies were read.
    var writers: [StreamKey: Address] = [:]

    /// Who writes a stream.
    func author(of key: StreamKey) -> Address? { waiting[key]?.author ?? writers[key] }

    /// Whether a message with a number was kept for everybody before this pass began.
    func isFinished(_ assignment: GroupOrder.Assignment) -> Bool {
        guard case .message(let key, let number) = assignment.item else { return false }
        return number <= waiting[key]?.watermark ?? 0
    }

    /// After this long another owner than the first looks whether a group gets on.
    static let patience = TimeSpan.milliseconds(1500)
    /// The longest pause between looks that come to nothing.
    static let pauseMax = TimeSpan.seconds(30)
    /// After this long a pass is given up.
    static let passDeadline = TimeSpan.seconds(20)
    /// Numbers that one pass takes care of: bounds the bodies in memory.
    static let chunkMax = 64

    /// Whether a pass is under way.
    var isBusy: Bool {
        if case .waiting = step { return false }
        return true
    }
}

/// Messages on their way to the same members.
struct GroupSpread: Sendable {
    /// The members of one slot.
    struct Place: Sendable {
        let slot: Slot
        var version: UInt64
        var owners: Owners
        /// The owners that have everything on disk, a bit each.
        var kept: UInt8 = 0
        var recipients: [Expansion.Recipient]
    }

    /// Names what was asked; another after the owners have changed, so that no answer to the old ones is taken for one of theirs.
    private(set) var token: GatewayToken
    let messages: [Expansion.Message]
    var places: [Place]

    var isDone: Bool { places.allSatisfy { $0.owners.isQuorum($0.kept) } }

    init(
        token: GatewayToken, messages: [Expansion.Message], audience: [Group.Member], order: GroupOrder,
        ring: RingTable
    ) {
        self.token = token
        self.messages = messages
        var bySlot: OrderedDictionary<Slot, [Expansion.Recipient]> = [:]
        for member in audience {
            let slot = ring.slot(of: member.address)
            // A change that is not settled has its number in the window still.
            let made = order.window.first { $0.item == .change(member.since) }?.number
            let first = member.firstNumber == 0 ? made ?? 1 : member.firstNumber
            bySlot[slot, default: []].append(
                .init(
                    slot: slot, version: ring.version(of: slot), member: member.address, since: member.since,
                    floor: first - 1))
        }
        places = bySlot.map { slot, recipients in
            Place(slot: slot, version: ring.version(of: slot), owners: ring.owners(of: slot), recipients: recipients)
        }
    }

    /// Slots that have changed hands begin anew with their new owners.
    mutating func adopt(_ ring: RingTable, token: GatewayToken) {
        guard places.contains(where: { ring.version(of: $0.slot) != $0.version }) else { return }
        self.token = token
        for index in places.indices {
            let version = ring.version(of: places[index].slot)
            guard version != places[index].version else { continue }
            places[index].version = version
            places[index].owners = ring.owners(of: places[index].slot)
            places[index].kept = 0
            for place in places[index].recipients.indices { places[index].recipients[place].version = version }
        }
    }

    /// What each node is to be sent that has not said yet that it has it.
    func requests(of group: Address) -> [(node: NodeID, Expansion)] {
        var byNode: OrderedDictionary<NodeID, [Expansion.Recipient]> = [:]
        for place in places where !place.owners.isQuorum(place.kept) {
            for (bit, owner) in place.owners.enumerated() where place.kept & 1 << UInt8(bit) == 0 {
                byNode[owner, default: []] += place.recipients
            }
        }
        return byNode.map { node, recipients in
            (node, Expansion(token: token, group: group, messages: messages, recipients: recipients))
        }
    }

    /// A node has everything that is for these slots.
    mutating func kept(_ slots: [Slot], by node: NodeID) {
        let slots = Set(slots)
        for index in places.indices where slots.contains(places[index].slot) {
            guard let bit = places[index].owners.firstIndex(of: node) else { continue }
            places[index].kept |= 1 << UInt8(bit)
        }
    }
}
