import RoostCore
import RoostNode
import RoostRing

/// One node of `GET /admin/v1/status`, and of `roost status --json`.
public struct NodeStatusAnswer: Codable, Equatable, Sendable {
    /// The operator's name for it.
    public var name: String
    /// Its UUID.
    public var id: String
    /// Which of its lives.
    public var boot: UInt64
    /// Where peers reach it.
    public var address: String
    /// Where clients reach it.
    public var clientAddress: String
    /// Where it stands.
    public var zone: String
    /// `waiting`, `serving`, `draining` or `unreachable`.
    public var state: String
    /// The ring it goes by; 0 for none.
    public var epoch: UInt64
    /// Slots it owns.
    public var slots: Int
    /// Clients connected to it.
    public var sessions: Int
    /// Messages in the mailboxes it holds; each counts on each of its owners.
    public var pendingMessages: Int
    /// Bytes of its log's files.
    public var logBytes: Int
    /// Whether it refuses new messages for want of space.
    public var diskFull: Bool
    /// `member`, `joining` or `leaving`; absent for a node that is no member.
    public var standing: String?
    /// Slots whose copies are on their way to it.
    public var slotsArriving: Int
    /// Bytes of other nodes' copies that it has taken in since its start.
    public var bytesPulled: Int
    /// Slots of which its log lost a part that it has not copied from others yet.
    public var slotsQuarantined: Int

    init(_ status: NodeStatus) {
        name = status.name
        id = status.id.description
        boot = status.boot
        address = status.address
        clientAddress = status.clientAddress
        zone = status.zone
        state = "\(status.state)"
        epoch = status.epoch
        slots = status.slots
        sessions = status.sessions
        pendingMessages = status.pendingMessages
        logBytes = status.logBytes
        diskFull = status.isDiskFull
        standing = status.standing == .none ? nil : "\(status.standing)"
        slotsArriving = status.slotsArriving
        bytesPulled = status.bytesPulled
        slotsQuarantined = status.slotsQuarantined
    }
}

/// `GET /admin/v1/ring`, and `roost ring --json`.
public struct RingAnswer: Codable, Equatable, Sendable {
    /// The cluster's UUID.
    public var cluster: String
    /// The number of the ring; 0 for none.
    public var epoch: UInt64
    /// SHA-256 of the record, in hexadecimal.
    public var hash: String
    /// The names of the members.
    public var members: [String]
    /// The names of those who decide on the next ring.
    public var voters: [String]
    /// The owners' names of each slot, in the order of the slots.
    public var slots: [[String]]

    init(_ record: EpochRecord) {
        cluster = record.clusterID.description
        epoch = record.number
        hash = record.hash.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        members = record.members.map(\.name)
        voters = record.voters.map { voter in record.members.first { $0.id == voter }?.name ?? voter.description }
        slots = record.lines.map { line in line.owners.map { record.members[Int($0)].name } }
    }
}

/// `POST /admin/v1/init`.
public struct InitRequest: Codable, Equatable, Sendable {
    /// How many nodes to wait for, this one among them.
    public var expect: Int
    /// How many slots the ring is to have for ever, a power of two; `nil` for ``SlotCount/standard``.
    public var slots: Int?

    /// Makes a request.
    public init(expect: Int, slots: Int? = nil) {
        self.expect = expect
        self.slots = slots
    }
}
