import RoostCore
import RoostRing

/// What a node says of itself to whoever asks how the cluster is.
public struct NodeStatus: Equatable, Sendable {
    /// Where a node stands in its life.
    public enum State: UInt8, Equatable, Sendable, CaseIterable {
        /// It has no ring.
        case waiting = 1
        /// It serves clients.
        case serving = 2
        /// It is stopping.
        case draining = 3
        /// It did not answer.
        case unreachable = 4
    }

    /// What a node is to the ring that it goes by.
    public enum Standing: UInt8, Equatable, Sendable, CaseIterable {
        /// Nothing: it waits, or did not answer.
        case none = 0
        /// Slots are moving to it.
        case joining = 1
        /// It has its share.
        case member = 2
        /// Slots are moving away from it.
        case leaving = 3
        /// It was a member and is none any more.
        case removed = 4
    }

    /// The node's name.
    public var name: String
    /// The node.
    public var id: NodeID
    /// Which of its lives.
    public var boot: BootCounter
    /// Where peers reach it.
    public var address: String
    /// Where clients reach it.
    public var clientAddress: String
    /// Where it stands.
    public var zone: String
    /// Where in its life.
    public var state: State
    /// The ring it goes by; 0 for none.
    public var epoch: Epoch
    /// Slots it owns.
    public var slots: Int
    /// Clients connected to it.
    public var sessions: Int
    /// Messages in the mailboxes it holds: each counts once on each of its owners.
    public var pendingMessages: Int
    /// The bytes of its log's files.
    public var logBytes: Int
    /// Whether it refuses new messages for want of space.
    public var isDiskFull: Bool
    /// What it is to the ring.
    public var standing: Standing
    /// Slots on their way to it.
    public var slotsArriving: Int
    /// Bytes of other nodes' copies that it has taken in since it started.
    public var bytesPulled: Int
    /// Slots of which its log lost a part that the others have not made good yet.
    public var slotsQuarantined: Int

    /// Makes a status.
    public init(
        name: String, id: NodeID, boot: BootCounter, address: String, clientAddress: String, zone: String, state: State,
        epoch: Epoch = 0, slots: Int = 0, sessions: Int = 0, pendingMessages: Int = 0, logBytes: Int = 0,
        isDiskFull: Bool = false, standing: Standing = .none, slotsArriving: Int = 0, bytesPulled: Int = 0,
        slotsQuarantined: Int = 0
    ) {
        self.name = name
        self.id = id
        self.boot = boot
        self.address = address
        self.clientAddress = clientAddress
        self.zone = zone
        self.state = state
        self.epoch = epoch
        self.slots = slots
        self.sessions = sessions
        self.pendingMessages = pendingMessages
        self.logBytes = logBytes
        self.isDiskFull = isDiskFull
        self.standing = standing
        self.slotsArriving = slotsArriving
        self.bytesPulled = bytesPulled
        self.slotsQuarantined = slotsQuarantined
    }

    /// Appends the bytes of the status.
    public func write(to writer: inout ByteWriter) {
        writer.writeText(name)
        writer.write(id)
        writer.writeVarint(boot)
        writer.writeText(address)
        writer.writeText(clientAddress)
        writer.writeText(zone)
        writer.write(state.rawValue)
        writer.writeVarint(epoch)
        for number in [slots, sessions, pendingMessages, logBytes] { writer.writeCount(number) }
        writer.write(isDiskFull)
        writer.write(standing.rawValue)
        for number in [slotsArriving, bytesPulled, slotsQuarantined] { writer.writeCount(number) }
    }

    /// Reads what ``write(to:)`` writes.
    public init(from reader: inout ByteReader) throws(ByteReaderError) {
        name = try reader.readText(limit: 255)
        id = try reader.readUniqueID()
        boot = try reader.readVarint()
        address = try reader.readText(limit: 255)
        clientAddress = try reader.readText(limit: 255)
        zone = try reader.readText(limit: 255)
        guard let state = State(rawValue: try reader.readByte()) else { throw .invalidValue(field: "node state") }
        self.state = state
        epoch = try reader.readVarint()
        slots = try reader.readCount(limit: SlotCount.most.value)
        sessions = try reader.readCount(limit: .max)
        pendingMessages = try reader.readCount(limit: .max)
        logBytes = try reader.readCount(limit: .max)
        isDiskFull = try reader.readBool()
        guard let standing = Standing(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "standing")
        }
        self.standing = standing
        slotsArriving = try reader.readCount(limit: SlotCount.most.value)
        bytesPulled = try reader.readCount(limit: .max)
        slotsQuarantined = try reader.readCount(limit: SlotCount.most.value)
    }
}

extension NodeStatus.Standing {
    /// What a node is to a record; ``none`` without one.
    public init(of node: NodeID, in record: EpochRecord?) {
        guard let record else {
            self = .none
            return
        }
        self =
            switch record.members.first(where: { $0.id == node })?.standing {
            case .joining: .joining
            case .member: .member
            case .leaving: .leaving
            case nil: .removed
            }
    }
}
