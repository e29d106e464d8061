import RoostCore
import RoostRing
import Testing

@Suite struct EpochRecordTests {
    static let cluster = ClusterID(high: 0x0011_2233_4455_4677, low: 0x8899_AABB_CCDD_EEFF)

    static let golden = [
        Member(
            id: NodeID(high: 3, low: 4), name: "n2", zone: "west", address: "n2:7401", clientAddress: "n2:7400",
            weight: 300),
        Member(id: NodeID(high: 1, low: 2), name: "n1", zone: "east", address: "n1:7401", clientAddress: "n1:7400"),
    ]

    @Test func theFirstRecordOfACluster() throws {
        let members = members(5, zones: 3)
        let record = try EpochRecord.first(clusterID: Self.cluster, members: members.reversed(), slotCount: thousand)
        #expect(record.clusterID == Self.cluster)
        #expect(record.number == 1)
        #expect(record.previousHash == Array(repeating: 0, count: 32))
        #expect(record.members == members.sorted { $0.id < $1.id })
        #expect(record.lines.allSatisfy { $0.version == 1 && $0.next.isEmpty })
        #expect(record.lines.map { $0.owners.map { record.members[Int($0)].id } } == firstTable(of: members))
        #expect(try EpochRecord.first(clusterID: Self.cluster, members: members, slotCount: thousand) == record)
    }

    /// The format is on disks and between versions: these bytes may never change under version 5.
    @Test func goldenBytes() throws {
        let record = try EpochRecord.first(clusterID: Self.cluster, members: Self.golden, slotCount: thousand)
        let bytes = record.encode()
        var writer = ByteWriter()
        writer.write(UInt8(5))  // version
        writer.writeRaw([0x77, 0x46, 0x55, 0x44, 0x33, 0x22, 0x11, 0x00])
        writer.writeRaw([0xFF, 0xEE, 0xDD, 0xCC, 0xBB, 0xAA, 0x99, 0x88])
        writer.write(UInt8(1))  // epoch
        writer.writeRaw(Array(repeating: 0, count: 32))
        writer.write(UInt8(0))  // ancestors
        writer.write(UInt8(2))  // members, by id
        writer.writeRaw([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        writer.writeRaw(Array("\u{2}n1\u{4}east\u{7}n1:7401\u{7}n1:7400\u{1}\u{2}".utf8))
        writer.writeRaw([3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0])
        writer.writeRaw(Array("\u{2}n2\u{4}west\u{7}n2:7401\u{7}n2:7400".utf8) + [0xAC, 0x02, 0x02])
        writer.write(UInt8(1))  // voters
        writer.writeRaw([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        writer.write(UInt8(0))  // not paused
        writer.writeRaw([0x80, 0x80, 0x80, 0x20])  // 64 MiB a second
        writer.write(UInt8(0))  // nothing to move
        writer.writeRaw(Array(repeating: 0, count: 9))  // never rescued
        writer.writeRaw([0x80, 0x08])  // 1024 slots
        #expect(Array(bytes.prefix(writer.count)) == writer.bytes)
        #expect(bytes.last == 0, "no slot has lost its majority")
        let lines = bytes.dropFirst(writer.count).dropLast()
        #expect(lines.count == thousand.value * 5)
        // Version, two owners in one order or the other, nobody next.
        var rest = lines
        while !rest.isEmpty {
            let line = Array(rest.prefix(5))
            #expect(line == [1, 2, 0, 1, 0] || line == [1, 2, 1, 0, 0])
            rest = rest.dropFirst(5)
        }
    }

    /// The table is part of what is hashed: the same members have to give the same ring on every machine.
    @Test func goldenHash() throws {
        let record = try EpochRecord.first(clusterID: Self.cluster, members: Self.three, slotCount: thousand)
        let hash = record.hash.map { hexadecimal(UInt64($0)).suffix(2) }.joined()
        #expect(hash == "aa8c0324a3c41350040635be6a129fca06c2cd9c86cfce74d745a9d2dda323be")
    }

    static let three = [1, 2, 3].map { number in
        Member(
            id: NodeID(high: UInt64(number), low: 7), name: "n\(number)", zone: "z", address: "127.0.0.1:74\(number)1",
            clientAddress: "127.0.0.1:74\(number)0")
    }

    @Test func aRecordOfThreeIsSmall() throws {
        let record = try EpochRecord.first(clusterID: Self.cluster, members: Self.three, slotCount: thousand)
        #expect(record.encode().count < 6500)
    }

    @Test(arguments: [1, 2, 3, 10, 200])
    func itComesBackFromItsBytes(count: Int) throws {
        let record = try EpochRecord.first(
            clusterID: Self.cluster, members: members(count, zones: 4), slotCount: thousand)
        let bytes = record.encode()
        let read = try EpochRecord(decoding: bytes)
        #expect(read == record)
        #expect(read.hash == SHA256.hash(bytes))
    }

    @Test func votersAreOddInNumberAndSpreadOverZones() throws {
        for (count, zones, voters) in [(1, 1, 1), (2, 2, 1), (3, 1, 3), (4, 2, 3), (5, 5, 5), (6, 3, 5), (50, 3, 5)] {
            let members = members(count, zones: zones)
            let record = try EpochRecord.first(clusterID: Self.cluster, members: members, slotCount: thousand)
            #expect(record.voters.count == voters)
            #expect(record.voters == record.voters.sorted() && Set(record.voters).count == voters)
            let zoneOf = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0.zone) })
            var byZone: [String: Int] = [:]
            for voter in record.voters { byZone[zoneOf[voter, default: "no member"], default: 0] += 1 }
            #expect(byZone["no member"] == nil)
            #expect(byZone.count == min(zones, voters))
            #expect((byZone.values.max() ?? 0) - (byZone.values.min() ?? 0) <= 1, "of \(count) in \(zones) zones")
        }
    }

    @Test func aRecordFollowsOnlyTheOneItNames() throws {
        let first = try EpochRecord.first(clusterID: Self.cluster, members: Self.three, slotCount: thousand)
        var spelling = RecordSpelling(first)
        spelling.number = 2
        spelling.previousHash = first.hash
        spelling.ancestors = [first.shortHash]
        let second = try EpochRecord(decoding: spelling.bytes)
        #expect(second.follows(first))
        #expect(!first.follows(first) && !first.follows(second) && !second.follows(second))

        var other = spelling
        other.number = 3
        other.ancestors = [first.shortHash, 7]
        #expect(try !EpochRecord(decoding: other.bytes).follows(first))
        other = spelling
        other.previousHash[31] ^= 1
        #expect(try !EpochRecord(decoding: other.bytes).follows(first))
        other = spelling
        other.clusterID = ClusterID(high: 1, low: 1)
        #expect(try !EpochRecord(decoding: other.bytes).follows(first))
        other = spelling
        other.number = .max
        other.ancestors = Array(repeating: first.shortHash, count: EpochRecord.ancestorsMax)
        #expect(try !EpochRecord(decoding: other.bytes).follows(first))
        #expect(try !first.follows(EpochRecord(decoding: other.bytes)))
    }

    @Test func impossibleMembersMakeNoRing() {
        func refusal(_ members: [Member]) -> RingError? {
            do throws(RingError) {
                _ = try EpochRecord.first(clusterID: Self.cluster, members: members, slotCount: thousand)
                return nil
            } catch {
                return error
            }
        }
        func changed(
            name: String = "n", zone: String = "z", address: String = "h:1", clientAddress: String = "h:2",
            weight: UInt32 = 1
        ) -> [Member] {
            [
                Member(
                    id: NodeID(high: 1, low: 1), name: name, zone: zone, address: address, clientAddress: clientAddress,
                    weight: weight)
            ]
        }
        #expect(refusal(changed()) == nil)
        #expect(refusal([]) == .noMembers)
        #expect(refusal(members(1001)) == .tooManyMembers(1001, limit: 1000))
        #expect(refusal([member(1), member(2), member(1)]) == .duplicateMember(member(1).id.description))
        let namesake = Member(id: NodeID(high: 9, low: 9), name: "n1", zone: "", address: "h:1", clientAddress: "h:2")
        #expect(refusal([member(1), namesake]) == .duplicateMember("n1"))
        for name in ["", "N1", "n 1", String(repeating: "n", count: 65)] {
            #expect(refusal(changed(name: name)) == .invalidMember(name, field: "name"))
        }
        #expect(refusal(changed(zone: String(repeating: "é", count: 128))) == .invalidMember("n", field: "zone"))
        let long = String(repeating: "h", count: 254) + ":1"
        for address in ["", "h", ":1", "h:", "h:0", "h:65536", "h:+1", "h:-1", "h:1x", "h: 1", long] {
            #expect(refusal(changed(address: address)) == .invalidMember("n", field: "address"), "\(address)")
            #expect(refusal(changed(clientAddress: address)) == .invalidMember("n", field: "client address"))
        }
        for address in ["h:65535", "[::1]:7401", "::1:7401", "10.0.0.1:1"] {
            #expect(refusal(changed(address: address)) == nil, "\(address)")
        }
        for weight in [0, Member.weightMax + 1] {
            #expect(refusal(changed(weight: weight)) == .invalidMember("n", field: "weight"))
        }
    }
}
