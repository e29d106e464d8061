import RoostCore

/// Which nodes own which slot, and at which version: the decided table, not a formula. A lookup is one array access.
public struct RingTable: Equatable, Sendable {
    /// One slot's line of the table.
    public struct Line: Equatable, Sendable {
        /// Rises with every change of the slot's owners, from 1: the fence of every request.
        public var version: UInt64
        /// The owners, as places in the member list.
        public var owners: [UInt16]
        /// The owners that are to take over; empty when the slot does not move.
        public var next: [UInt16]
        /// The version at which the slot last went on without a majority of its owners, whose loss was accepted; 0 for never.
        public var lossVersion: UInt64

        /// Makes a line.
        public init(version: UInt64, owners: [UInt16], next: [UInt16] = [], lossVersion: UInt64 = 0) {
            self.version = version
            self.owners = owners
            self.next = next
            self.lossVersion = lossVersion
        }
    }

    /// The epoch that decided this table.
    public let epoch: Epoch
    /// What a node takes in of other nodes' copies, bytes a second at most; 0 for no limit.
    public let bytesPerSecondMax: UInt64
    /// How many slots it has.
    public let slotCount: SlotCount
    private let owned: [Owners]
    private let versions: [UInt64]
    private let lossVersions: [UInt64]

    /// Takes the table out of a record.
    public init(_ record: EpochRecord) {
        func nodes(_ places: [UInt16]) -> [NodeID] { places.map { record.members[Int($0)].id } }
        epoch = record.number
        slotCount = record.slotCount
        bytesPerSecondMax = record.movement.bytesPerSecondMax
        owned = record.lines.map { Owners(nodes($0.owners), next: nodes($0.next)) }
        versions = record.lines.map(\.version)
        lossVersions = record.lines.map(\.lossVersion)
    }

    /// The slot that an address falls on; a part falls where the whole does.
    public func slot(of address: Address) -> Slot {
        address.kind == .part ? slotCount.slot(of: String(address.placeText)) : slotCount.slot(of: address.text)
    }

    /// Whether the ring has this slot: one that a peer names may be any.
    public func contains(_ slot: Slot) -> Bool {
        Int(slot.index) < owned.count
    }

    /// Who answers for a slot that the ring has.
    public func owners(of slot: Slot) -> Owners {
        owned[Int(slot.index)]
    }

    /// The version of a slot that the ring has.
    public func version(of slot: Slot) -> UInt64 {
        versions[Int(slot.index)]
    }

    /// The version at which a slot that the ring has went on without a majority of its owners; 0 for never. What was known of
    /// the slot under an older version may be known to nobody any more.
    public func lossVersion(of slot: Slot) -> UInt64 {
        lossVersions[Int(slot.index)]
    }

    /// The slots of which a node is an owner in force, ascending.
    public func slots(of node: NodeID) -> [Slot] {
        owned.indices.filter { owned[$0].isCurrent(node) }.map { Slot($0) }
    }
}
