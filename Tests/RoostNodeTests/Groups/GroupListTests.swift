import RoostConsensus
import RoostCore
import RoostNode
import Testing

/// The list of a group, and what may be done to it.
@Suite("Group list")
struct GroupListTests {
    /// The user of a number.
    static func user(_ number: Int) -> Address {
        guard let address = Address("user-\(number)") else { preconditionFailure("no name") }
        return address
    }

    static func group(with others: Range<Int> = 1..<1) throws -> Group {
        try Group.made(by: user(0), name: "tea", with: others.map(user), id: 1, atMilliseconds: 1).get()
    }

    private func refusal(_ edit: Group.Edit, by author: Address, of group: Group) -> Group.Refusal? {
        var group = group
        do throws(Group.Refusal) {
            try group.make(edit, by: author, id: 99, atMilliseconds: 1)
            return nil
        } catch {
            return error
        }
    }

    @Test("What may not be done is refused, with the reason")
    func refusals() throws {
        let group = try Self.group(with: 1..<4)
        let (admin, member, stranger) = (Self.user(0), Self.user(1), Self.user(9))
        #expect(refusal(.rename("x"), by: stranger, of: group) == .notAMember)
        #expect(refusal(.rename("x"), by: member, of: group) == .notAnAdmin)
        #expect(refusal(.add([stranger]), by: member, of: group) == .notAnAdmin)
        #expect(refusal(.remove([member]), by: member, of: group) == .notAnAdmin)
        #expect(refusal(.dissolve, by: member, of: group) == .notAnAdmin)
        #expect(refusal(.leave, by: stranger, of: group) == .notAMember)
        #expect(refusal(.leave, by: admin, of: group) == .lastAdmin)
        #expect(refusal(.remove([admin]), by: admin, of: group) == .lastAdmin)
        #expect(refusal(.demote(admin), by: admin, of: group) == .lastAdmin)
        #expect(refusal(.add([member]), by: admin, of: group) == .alreadyIn)
        #expect(refusal(.promote(admin), by: admin, of: group) == .alreadyIn)
        #expect(refusal(.remove([stranger]), by: admin, of: group) == .notIn)
        #expect(refusal(.demote(member), by: admin, of: group) == .notIn)
        #expect(refusal(.add([]), by: admin, of: group) == .badRequest)
        #expect(refusal(.add([stranger, stranger]), by: admin, of: group) == .badRequest)
        #expect(refusal(.rename(""), by: admin, of: group) == .badRequest)
        #expect(refusal(.rename(String(repeating: "x", count: 101)), by: admin, of: group) == .badRequest)
        #expect(refusal(.join(hash: [UInt8](repeating: 1, count: 32)), by: stranger, of: group) == .badLink)
        #expect(refusal(.join(hash: []), by: stranger, of: group) == .badLink)
        #expect(refusal(.revokeLink, by: admin, of: group) == .badLink)
        #expect(refusal(.leave, by: member, of: group) == nil)
        #expect(refusal(.handOver(to: member), by: admin, of: group) == nil)
    }

    @Test("The 1025th member is one too many")
    func full() throws {
        var group = try Self.group(with: 1..<Limits.groupMembersMax)
        #expect(group.count == 1024)
        #expect(refusal(.add([Self.user(2000)]), by: Self.user(0), of: group) == .full)
        try group.make(.remove([Self.user(5)]), by: Self.user(0), id: 2, atMilliseconds: 1)
        #expect(refusal(.add([Self.user(2000)]), by: Self.user(0), of: group) == nil)
        #expect(refusal(.add([Self.user(2000), Self.user(2001)]), by: Self.user(0), of: group) == .full)
    }

    @Test("A link lets in whoever has it, until it is revoked or replaced")
    func link() throws {
        let (first, second) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        var group = try Self.group()
        try group.make(.makeLink(hash: first), by: Self.user(0), id: 2, atMilliseconds: 1)
        #expect(refusal(.join(hash: second), by: Self.user(1), of: group) == .badLink)
        try group.make(.join(hash: first), by: Self.user(1), id: 3, atMilliseconds: 1)
        #expect(group.contains(Self.user(1)) && group.member(Self.user(1))?.isAdmin == false)
        #expect(refusal(.join(hash: first), by: Self.user(1), of: group) == .alreadyIn)
        try group.make(.makeLink(hash: second), by: Self.user(0), id: 4, atMilliseconds: 1)
        #expect(refusal(.join(hash: first), by: Self.user(2), of: group) == .badLink)
        try group.make(.revokeLink, by: Self.user(0), id: 5, atMilliseconds: 1)
        #expect(refusal(.join(hash: second), by: Self.user(2), of: group) == .badLink)
    }

    @Test("Changes that wait for their place are bounded, and a change is not made twice")
    func pending() throws {
        var group = try Self.group()
        for number in 2...UInt64(Limits.groupChangesPendingMax) {
            try group.make(.rename("n\(number)"), by: Self.user(0), id: number, atMilliseconds: 1)
        }
        #expect(refusal(.rename("x"), by: Self.user(0), of: group) == .busy)
        let before = group
        try group.make(.rename("n5"), by: Self.user(0), id: 5, atMilliseconds: 1)
        #expect(group == before)
        group.settle([(version: 1, number: 1)])
        #expect(refusal(.rename("x"), by: Self.user(0), of: group) == nil)
    }

    @Test("Nothing is done to a group that is dissolved")
    func dissolved() throws {
        var group = try Self.group(with: 1..<3)
        try group.make(.dissolve, by: Self.user(0), id: 2, atMilliseconds: 1)
        #expect(group.count == 0 && group.members(at: 1).count == 3)
        #expect(refusal(.rename("x"), by: Self.user(0), of: group) == .unknown)
        group.settle([(version: 1, number: 1), (version: 2, number: 2)])
        #expect(group.members.isEmpty)
    }

    /// The list as a model keeps it: who is in, by version.
    @Test("The list tells of every version that is not settled who was in it", arguments: UInt64(1)...60)
    func versions(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var group = try Self.group(with: 1..<3)
        var history: [UInt64: Set<Address>] = [0: [], 1: Set((0..<3).map(Self.user))]
        var numbers: [UInt64: StreamNumber] = [:]
        for step in 2..<200 {
            let somebody = Self.user(random.below(6))
            let edit: Group.Edit =
                switch random.below(5) {
                case 0, 1: .add([somebody])
                case 2, 3: .remove([somebody])
                default: .rename("n\(step)")
                }
            let old = group.version
            var now = history[old] ?? []
            do throws(Group.Refusal) {
                try group.make(edit, by: Self.user(0), id: UInt64(step), atMilliseconds: 1)
                if case .add = edit { now.insert(somebody) }
                if case .remove = edit { now.remove(somebody) }
                #expect(group.version == old + 1)
                history[group.version] = now
            } catch {
                #expect(group.version == old)
            }
            #expect(Set(group.presentMembers.map(\.address)) == history[group.version])
            #expect(group.count == history[group.version]?.count)
            if random.below(4) == 0, group.settledVersion < group.version {
                let upTo = group.settledVersion + 1 + UInt64(random.below(Int(group.version - group.settledVersion)))
                let settled = (group.settledVersion + 1...upTo).map { (version: $0, number: $0 * 10) }
                for entry in settled { numbers[entry.version] = entry.number }
                group.settle(settled)
            }
            for version in group.settledVersion...group.version {
                #expect(Set(group.members(at: version).map(\.address)) == history[version])
                if version > group.settledVersion {
                    let both = (history[version] ?? []).union(history[version - 1] ?? [])
                    #expect(Set(group.audience(ofEvent: version).map(\.address)) == both)
                    #expect(group.event(version)?.version == version)
                }
            }
            for member in group.members { #expect(member.firstNumber == numbers[member.since] ?? 0) }
            #expect(try Group(decoding: group.encode()) == group)
        }
    }

    @Test("A creation knows its own work, and others' group of the same number")
    func creation() throws {
        let group = try Self.group()
        let other = try Group.made(by: Self.user(1), name: "tea", with: [], id: 2, atMilliseconds: 1).get()
        let value = group.encode()
        #expect(GroupChange.create(group).apply(to: []) == .write(value))
        #expect(GroupChange.create(group).apply(to: value) == .keep)
        #expect(GroupChange.create(other).apply(to: value) == .refuse(reason: Group.Refusal.exists.rawValue))
        #expect(
            GroupChange.edit(.leave, by: Self.user(0), id: 3, atMilliseconds: 1).apply(to: [])
                == .refuse(reason: Group.Refusal.unknown.rawValue))
        #expect(
            GroupChange.settle([]).apply(to: [77]) == .refuse(reason: Group.Refusal.unreadable.rawValue))
    }

    @Test("A cluster may allow fewer members; a group that has more can lose some, and gets none")
    func fewerMembers() throws {
        let author = Self.user(0)
        func size(of group: Group, after edit: Group.Edit) throws -> Int {
            let change = GroupChange.edit(edit, by: author, id: 5, atMilliseconds: 1, membersMax: 3)
            switch change.apply(to: group.encode()) {
            case .write(let value): return try #require(Group(stored: value)).count
            case .keep: return group.count
            case .refuse(let reason): throw try #require(Group.Refusal(rawValue: reason))
            }
        }
        #expect(try size(of: Self.group(with: 1..<2), after: .add([Self.user(7)])) == 3)
        #expect(throws: Group.Refusal.full) { try size(of: Self.group(with: 1..<3), after: .add([Self.user(7)])) }
        let large = try Self.group(with: 1..<6)
        #expect(throws: Group.Refusal.full) { try size(of: large, after: .add([Self.user(7)])) }
        #expect(try size(of: large, after: .remove([Self.user(1)])) == 5)
        #expect(try size(of: large, after: .rename("five o'clock")) == 6)
    }
}
