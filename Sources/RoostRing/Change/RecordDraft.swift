import RoostCore

/// The next record while it is worked on. Lines name nodes here, not places, so that members can come and go.
struct RecordDraft {
    /// One slot's line.
    struct Line {
        var version: UInt64
        var owners: [NodeID]
        var next: [NodeID]
        var lossVersion: UInt64
    }

    let previous: EpochRecord
    private(set) var members: [Member]
    var movement: Movement
    private var rescue: Rescue
    var lines: [Line]

    init(_ record: EpochRecord) {
        previous = record
        members = record.members
        movement = record.movement
        rescue = record.rescue
        func nodes(_ places: [UInt16]) -> [NodeID] { places.map { record.members[Int($0)].id } }
        lines = record.lines.map { line in
            Line(
                version: line.version, owners: nodes(line.owners), next: nodes(line.next),
                lossVersion: line.lossVersion)
        }
    }

    /// The record that this makes: one later than the one it began with.
    var record: EpochRecord {
        let members = members.sorted { $0.id < $1.id }
        var places: [NodeID: UInt16] = [:]
        for (place, member) in members.enumerated() { places[member.id] = UInt16(place) }
        let hash = previous.hash
        return EpochRecord(
            clusterID: previous.clusterID, number: previous.number + 1, previousHash: hash,
            ancestors: Array(([EpochRecord.short(hash)] + previous.ancestors).prefix(EpochRecord.ancestorsMax)),
            members: members, voters: EpochRecord.chooseVoters(members), movement: movement, rescue: rescue,
            lines: lines.map { line in
                RingTable.Line(
                    version: line.version, owners: line.owners.compactMap { places[$0] },
                    next: line.next.compactMap { places[$0] }, lossVersion: line.lossVersion)
            })
    }

    // MARK: Members

    mutating func join(_ member: Member) throws(RingChangeError) {
        if members.contains(where: { $0.id == member.id }) { return try stay(member.id) }
        guard !members.contains(where: { $0.name == member.name }) else { throw .nameTaken(member.name) }
        var member = member
        member.standing = .joining
        members.append(member)
    }

    mutating func stay(_ node: NodeID) throws(RingChangeError) {
        guard let place = members.firstIndex(where: { $0.id == node }) else { throw .notAMember(node) }
        guard members[place].standing == .leaving else { throw .alreadyMember(members[place].name) }
        members[place].standing = .joining
    }

    mutating func leave(_ node: NodeID) throws(RingChangeError) {
        guard let place = members.firstIndex(where: { $0.id == node }) else { throw .notAMember(node) }
        guard members[place].standing != .leaving else { throw .alreadyLeaving(members[place].name) }
        members[place].standing = .leaving
        guard members.contains(where: { $0.standing != .leaving }) else { throw .wouldBeEmpty }
        stopMoves(to: [node])
    }

    mutating func abort() throws(RingChangeError) {
        guard members.contains(where: { $0.standing != .member }) else { throw .nothingToAbort }
        let coming = members.filter { $0.standing == .joining }.map(\.id)
        for place in members.indices {
            switch members[place].standing {
            case .joining: members[place].standing = .leaving
            case .leaving: members[place].standing = .member
            case .member: break
            }
        }
        guard members.contains(where: { $0.standing != .leaving }) else { throw .wouldBeEmpty }
        stopMoves(to: coming)
    }

    /// Slots whose majority was on lost disks go on with the owner that is left; one that has none left begins empty
    /// on a member that stays. Their lines say so from now on. Without a majority of the voters it is a rescue.
    mutating func goOn(without lost: [NodeID]) throws(RingChangeError) {
        for node in lost where !members.contains(where: { $0.id == node }) { throw .notAMember(node) }
        for place in members.indices where lost.contains(members[place].id) { members[place].standing = .leaving }
        if !members.contains(where: { $0.standing != .leaving }) {
            // Who was to take the place of all the others is gone: then they stay.
            for place in members.indices where !lost.contains(members[place].id) { members[place].standing = .member }
        }
        let staying = members.filter { $0.standing != .leaving }.map(\.id)
        guard !staying.isEmpty else { throw .wouldBeEmpty }
        stopMoves(to: lost)
        var isLost = false
        for slot in lines.indices {
            let left = lines[slot].owners.filter { !lost.contains($0) }
            guard left.count * 2 <= lines[slot].owners.count else { continue }
            isLost = true
            let version = lines[slot].version + 1
            lines[slot] = Line(
                version: version, owners: left.isEmpty ? [staying[slot % staying.count]] : left, next: [],
                lossVersion: version)
        }
        let isRescue = previous.needsRescue(without: lost)
        if isRescue { rescue = rescue.next(staying: staying, after: previous.hash) }
        guard isLost || isRescue else { throw .nothingLost }
        dropIdle()
    }

    /// Moves that bring a slot to one of these nodes are called off.
    private mutating func stopMoves(to nodes: [NodeID]) {
        for slot in lines.indices
        where lines[slot].next.contains(where: { nodes.contains($0) && !lines[slot].owners.contains($0) }) {
            lines[slot].version += 1
            lines[slot].next = []
        }
    }

    /// Members that leave and own nothing are members no more. Returns whether there were any.
    ///
    /// Never in the record that makes them leave: that one a leaver may decide alone, and it would be gone with it. The next
    /// is decided by those who stay.
    @discardableResult
    mutating func dropIdle() -> Bool {
        var owners: Set<NodeID> = []
        for line in lines {
            owners.formUnion(line.owners)
            owners.formUnion(line.next)
        }
        let before = members.count
        members.removeAll { $0.standing == .leaving && !owners.contains($0.id) }
        return members.count < before
    }

    /// Every slot is where it is to be: who was coming has come. Returns whether that is news.
    mutating func comeToRest() -> Bool {
        let isNews = movement.planned > 0 || members.contains { $0.standing == .joining }
        for place in members.indices where members[place].standing == .joining { members[place].standing = .member }
        movement.planned = 0
        return isNews
    }
}
