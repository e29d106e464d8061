import RoostCore

/// The rules of rings.
extension EpochRecord {
    /// What the first record has for the hash of the one before.
    static let noHash = [UInt8](repeating: 0, count: SHA256.digestBytes)

    /// Most voters of a ring.
    static let votersMax = 5

    /// One voter for up to two members, three for up to four, else five: more would make decisions slower, not safer.
    static func voterCount(members: Int) -> Int {
        members < 3 ? 1 : members <= 4 ? 3 : votersMax
    }

    /// Who may vote: members that neither come nor go, or those who come when there are none. One that comes may be sent away
    /// before anybody else has heard of it; alone it would take the decision with it.
    static func electorate(of members: [Member]) -> [Member] {
        let settled = members.filter { $0.standing == .member }
        return settled.isEmpty ? members.filter { $0.standing != .leaving } : settled
    }

    /// Picks the voters among those who may vote, the first of each zone before the second of any, so that no zone decides
    /// alone. By id.
    static func chooseVoters(_ members: [Member]) -> [NodeID] {
        let members = electorate(of: members)
        let count = voterCount(members: members.count)
        let byZone = Set(members.map(\.zone)).sorted().map { zone in
            members.filter { $0.zone == zone }.map(\.id).sorted()
        }
        var voters: [NodeID] = []
        for round in 0..<count {
            for zone in byZone where round < zone.count && voters.count < count { voters.append(zone[round]) }
        }
        return voters.sorted()
    }

    static func check(_ members: [Member]) throws(RingError) {
        guard !members.isEmpty else { throw .noMembers }
        guard members.count <= Limits.membersMax else {
            throw .tooManyMembers(members.count, limit: Limits.membersMax)
        }
        for member in members { try member.check() }
        for (left, right) in zip(members, members.dropFirst()) {
            if left.id == right.id { throw .duplicateMember(left.id.description) }
            if left.id > right.id { throw .invalid("members are not in the order of their ids") }
        }
        let names = members.map(\.name).sorted()
        for (left, right) in zip(names, names.dropFirst()) where left == right { throw .duplicateMember(left) }
    }

    /// Checks a record that somebody else made.
    func check() throws(RingError) {
        guard number > 0 else { throw .invalid("epoch 0") }
        guard number > 1 || previousHash == EpochRecord.noHash else { throw .invalid("something before epoch 1") }
        try EpochRecord.check(members)
        guard
            number - 1 <= UInt64(EpochRecord.ancestorsMax)
                ? ancestors.count == Int(number) - 1 : ancestors.count == EpochRecord.ancestorsMax
        else { throw .invalid("\(ancestors.count) ancestors of epoch \(number)") }
        guard ancestors.first ?? EpochRecord.short(previousHash) == EpochRecord.short(previousHash) else {
            throw .invalid("two records before epoch \(number)")
        }
        guard rescue.count < number, rescue.count > 0 || rescue == .none else {
            throw .invalid("\(rescue.count) rescues by epoch \(number)")
        }
        let mayVote = EpochRecord.electorate(of: members).count
        guard mayVote > 0 else { throw .noMembers }
        guard voters.count == EpochRecord.voterCount(members: mayVote) else {
            throw .invalid("\(voters.count) voters of \(mayVote) members that may vote")
        }
        let ids = members.map(\.id)
        guard zip(voters, voters.dropFirst()).allSatisfy({ $0 < $1 }), voters.allSatisfy(ids.contains) else {
            throw .invalid("voters are not distinct members in the order of their ids")
        }
        for (slot, line) in lines.enumerated() {
            guard line.version > 0 else { throw .invalid("slot \(slot) has version 0") }
            guard line.lossVersion <= line.version else {
                throw .invalid("slot \(slot) has lost its majority at a version to come")
            }
            guard !line.owners.isEmpty else { throw .invalid("slot \(slot) has no owners") }
            for owners in [line.owners, line.next] where !areDistinctMembers(owners) {
                throw .invalid("owners of slot \(slot) are not distinct members")
            }
            guard line.next.isEmpty || EpochRecord.isOneStep(from: line.owners, to: line.next) else {
                throw .invalid("the next owners of slot \(slot) differ in more than one")
            }
        }
    }

    /// Whether one member came, went, or came for another: of three owners, the two that stay are a majority of both sides.
    static func isOneStep(from owners: [UInt16], to next: [UInt16]) -> Bool {
        let came = next.count { !owners.contains($0) }
        let went = owners.count { !next.contains($0) }
        return came + went > 0 && came <= 1 && went <= 1
    }

    private func areDistinctMembers(_ owners: [UInt16]) -> Bool {
        owners.indices.allSatisfy { owners[$0] < members.count && !owners[..<$0].contains(owners[$0]) }
    }
}
