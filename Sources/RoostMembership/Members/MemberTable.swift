import RoostCore

/// What is known of one other node.
struct MemberRecord: Sendable {
    var description: MemberDescription
    var status: MemberStatus
    var incarnation: Incarnation
    var cluster: ClusterID
    var isInRing: Bool
    /// False for a node that only the ring record has named so far.
    var isHeard: Bool
    /// Tells the process apart from another with the same identity; `nil` until it has written to us in this life.
    var process: UInt64?
    /// When it was found dead or left; says nothing for others.
    var goneSince = Instant.zero

    var id: NodeID { description.id }
    /// Whether it takes part: it is probed and told rumours.
    var isPresent: Bool { status.isPresent }

    var entry: MemberStatusEntry {
        MemberStatusEntry(
            description: description, status: status, incarnation: incarnation, cluster: cluster, isInRing: isInRing)
    }
}

/// The other nodes, by id: an order that every process agrees on.
struct MemberTable: Sendable {
    private(set) var records: [MemberRecord] = []
    /// How many of them take part.
    private(set) var presentCount = 0

    /// The place of the first node whose id is not below `id`.
    func place(of id: NodeID) -> Int {
        var low = 0
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func index(of id: NodeID) -> Int? {
        let place = place(of: id)
        return place < records.count && records[place].id == id ? place : nil
    }

    subscript(id: NodeID) -> MemberRecord? {
        index(of: id).map { records[$0] }
    }

    /// Adds a node, or replaces what is known of it.
    mutating func put(_ record: MemberRecord) {
        let place = place(of: record.id)
        if place < records.count, records[place].id == record.id {
            update(at: place) { $0 = record }
        } else {
            records.insert(record, at: place)
            presentCount += record.isPresent ? 1 : 0
        }
    }

    mutating func update(at index: Int, _ change: (inout MemberRecord) -> Void) {
        presentCount -= records[index].isPresent ? 1 : 0
        change(&records[index])
        presentCount += records[index].isPresent ? 1 : 0
    }

    mutating func updateAll(_ change: (inout MemberRecord) -> Void) {
        for index in records.indices { update(at: index, change) }
    }

    mutating func removeAll(where isGone: (MemberRecord) -> Bool) {
        records.removeAll(where: isGone)
        presentCount = records.reduce(0) { $0 + ($1.isPresent ? 1 : 0) }
    }

    /// Up to `count` distinct nodes that qualify, in random order.
    func sample(
        _ count: Int, using random: inout SeededRandom, where qualifies: (MemberRecord) -> Bool
    ) -> [MemberRecord] {
        var places = records.indices.filter { qualifies(records[$0]) }
        let taken = min(count, places.count)
        for position in 0..<taken { places.swapAt(position, position + random.below(places.count - position)) }
        return places[..<taken].map { records[$0] }
    }
}
