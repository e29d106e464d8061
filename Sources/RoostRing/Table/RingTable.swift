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

        /// Makes a line.
        public init(version: UInt64, owners: [UInt16], next: [UInt16] = []) {
            self.version = version
            self.owners = owners
            self.next = next
        }
    }

    /// The epoch that decided this table.
    public let epoch: Epoch
    private let owned: [Owners]
    private let versions: [UInt64]
    /// By slot; empty when no slot moves, which is nearly always.
    private let nextOwned: [Owners?]

    /// Takes the table out of a record.
    public init(_ record: EpochRecord) {
        func owners(_ places: [UInt16]) -> Owners { Owners(places.map { record.members[Int($0)].id }) }
        epoch = record.number
        owned = record.lines.map { owners($0.owners) }
        versions = record.lines.map(\.version)
        let moves = record.lines.contains { !$0.next.isEmpty }
        nextOwned = moves ? record.lines.map { $0.next.isEmpty ? nil : owners($0.next) } : []
    }

    /// The owners of a slot.
    public func owners(of slot: Slot) -> Owners {
        owned[Int(slot.index)]
    }

    /// The owners that are to take a slot over; `nil` when it does not move.
    public func nextOwners(of slot: Slot) -> Owners? {
        nextOwned.isEmpty ? nil : nextOwned[Int(slot.index)]
    }

    /// The version of a slot.
    public func version(of slot: Slot) -> UInt64 {
        versions[Int(slot.index)]
    }

    /// The slots that a node owns, ascending.
    public func slots(of node: NodeID) -> [Slot] {
        owned.indices.filter { owned[$0].contains(node) }.map { Slot($0) }
    }
}
