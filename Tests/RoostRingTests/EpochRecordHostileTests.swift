import RoostCore
import RoostRing
import Testing

/// A record may come from anybody: it is refused or it keeps every rule, and nothing traps.
@Suite struct EpochRecordHostileTests {
    static func record() throws -> EpochRecord {
        try EpochRecord.first(clusterID: EpochRecordTests.cluster, members: EpochRecordTests.three, slotCount: thousand)
    }

    static func refusal(_ bytes: [UInt8]) -> RingError? {
        do throws(RingError) {
            _ = try EpochRecord(decoding: bytes)
            return nil
        } catch {
            return error
        }
    }

    static func refusal(_ change: (inout RecordSpelling) -> Void) throws -> RingError? {
        var spelling = RecordSpelling(try record())
        change(&spelling)
        return refusal(spelling.bytes)
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = try Self.record().encode()
        for length in bytes.indices {
            guard case .malformed(.truncated) = Self.refusal(Array(bytes[..<length])) else {
                Issue.record("\(length) of \(bytes.count) bytes were not refused as truncated")
                return
            }
        }
        #expect(Self.refusal(bytes + [0]) == .malformed(.trailingBytes(1)))
    }

    /// Every bit of the head, and of every eighth of the lines, which are all alike.
    @Test func everyFlippedBitIsRefusedOrMakesAnotherValidRecord() throws {
        let record = try Self.record()
        var bytes = record.encode()
        let lineBytes = 6
        let headBytes = bytes.count - thousand.value * lineBytes
        for position in bytes.indices {
            guard position < headBytes || (position - headBytes) / lineBytes % 8 == 7 else { continue }
            for bit in 0..<8 {
                bytes[position] ^= 1 << bit
                defer { bytes[position] ^= 1 << bit }
                guard Self.refusal(bytes) == nil else { continue }
                let read = try EpochRecord(decoding: bytes)
                let table = RingTable(read)
                // One bit changes what the record says, so it is neither the same record nor its successor.
                if read == record || read.hash == record.hash || read.encode() != bytes || read.follows(record)
                    || table.epoch != read.number
                {
                    Issue.record("bit \(bit) of byte \(position) is not seen")
                    return
                }
            }
        }
    }

    @Test(arguments: UInt64(1)...50)
    func anyBytesAreRefused(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes = (0..<random.below(10_000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        #expect(Self.refusal(bytes) != nil)
        if !bytes.isEmpty { bytes[0] = 3 }
        #expect(Self.refusal(bytes) != nil)
    }

    @Test func aRecordThatIsTooLongIsNotEvenRead() {
        let limit = EpochRecord.bytesMax
        let bytes = [UInt8](repeating: 1, count: limit + 1)
        #expect(Self.refusal(bytes) == .malformed(.tooLong(limit + 1, limit: limit)))
    }

    @Test func theHead() throws {
        #expect(try Self.refusal { $0.version = 3 } == .malformed(.invalidValue(field: "epoch record version")))
        #expect(try Self.refusal { $0.number = 0 } == .invalid("epoch 0"))
        #expect(try Self.refusal { $0.previousHash[5] = 1 } == .invalid("something before epoch 1"))
    }

    @Test func theRescues() throws {
        #expect(try Self.refusal { $0.rescueMark = 1 } == .invalid("0 rescues by epoch 1"))
        #expect(try Self.refusal { $0.rescues = 1 } == .invalid("1 rescues by epoch 1"))
    }

    @Test func theLosses() throws {
        #expect(
            try Self.refusal { $0.losses = [(3, 2)] } == .invalid("slot 3 has lost its majority at a version to come"))
        let needless = RingError.malformed(.invalidValue(field: "number with needless bytes"))
        #expect(try Self.refusal { $0.losses = [(3, 0)] } == needless)
        #expect(try Self.refusal { $0.losses = [(3, 1), (2, 1)] } == needless)
        #expect(try Self.refusal { $0.losses = [(3, 1), (3, 1)] } == needless)
        #expect(try Self.refusal { $0.losses = [(thousand.value, 1)] } != nil)
        #expect(try Self.refusal { $0.losses = [(2, 1), (3, 1)] } == nil)
    }

    @Test func theAncestors() throws {
        #expect(try Self.refusal { $0.ancestors = [1] } == .invalid("1 ancestors of epoch 1"))
        #expect(try Self.refusal { $0.number = 2 } == .invalid("0 ancestors of epoch 2"))
        let twoPasts = try Self.refusal {
            $0.number = 2
            $0.ancestors = [1]
        }
        #expect(twoPasts == .invalid("two records before epoch 2"))
    }

    @Test func theNextOwners() throws {
        let tooFar = RingError.invalid("the next owners of slot 3 differ in more than one")
        #expect(try Self.refusal { $0.lines[3].next = $0.lines[3].owners } == tooFar)
        #expect(try Self.refusal { $0.lines[3].next = [$0.lines[3].owners[0]] } == tooFar)
    }

    @Test func theMembers() throws {
        #expect(try Self.refusal { $0.members = [] } == .noMembers)
        #expect(try Self.refusal { $0.members.swapAt(0, 1) } == .invalid("members are not in the order of their ids"))
        let id = EpochRecordTests.three[0].id.description
        #expect(try Self.refusal { $0.members[1] = $0.members[0] } == .duplicateMember(id))
        let shouting = Member(id: NodeID(high: 1, low: 7), name: "N1", zone: "", address: "h:1", clientAddress: "h:1")
        #expect(try Self.refusal { $0.members[0] = shouting } == .malformed(.invalidValue(field: "user name")))
        let homeless = Member(id: NodeID(high: 1, low: 7), name: "n1", zone: "", address: "h", clientAddress: "h:1")
        #expect(try Self.refusal { $0.members[0] = homeless } == .invalidMember("n1", field: "address"))
        #expect(try Self.refusal { $0.members = members(1001) } == .malformed(.tooLong(1001, limit: 1000)))
    }

    @Test func theVoters() throws {
        #expect(try Self.refusal { $0.voters = [] } == .invalid("0 voters of 3 members that may vote"))
        #expect(try Self.refusal { $0.voters.removeLast() } == .invalid("2 voters of 3 members that may vote"))
        let reason = RingError.invalid("voters are not distinct members in the order of their ids")
        #expect(try Self.refusal { $0.voters[1] = $0.voters[0] } == reason)
        #expect(try Self.refusal { $0.voters.swapAt(0, 2) } == reason)
        #expect(try Self.refusal { $0.voters[2] = member(9).id } == reason)
        #expect(try Self.refusal { $0.voters = members(6).map(\.id) } == .malformed(.tooLong(6, limit: 5)))
    }

    @Test func theOwners() throws {
        #expect(try Self.refusal { $0.lines[7].version = 0 } == .invalid("slot 7 has version 0"))
        #expect(try Self.refusal { $0.lines[7].owners = [] } == .invalid("slot 7 has no owners"))
        let reason = RingError.invalid("owners of slot 7 are not distinct members")
        #expect(try Self.refusal { $0.lines[7].owners = [0, 1, 0] } == reason)
        #expect(try Self.refusal { $0.lines[7].owners = [0, 1, 3] } == reason)
        #expect(try Self.refusal { $0.lines[7].next = [2, 2] } == reason)
        #expect(try Self.refusal { $0.lines[7].next = [3] } == reason)
        #expect(try Self.refusal { $0.lines[7].owners = [0, 1, 2, 3] } == .malformed(.tooLong(4, limit: 3)))
        #expect(try Self.refusal { $0.lines[7].owners = [0, 1, 1001] } == .malformed(.tooLong(1001, limit: 1000)))
    }

    @Test(arguments: [0, 4, 1023, 1025, 131_072])
    func theSlotCount(count: Int) throws {
        let refusal = try Self.refusal { $0.slotCount = count }
        let isTooMany = count > SlotCount.most.value
        #expect(
            refusal
                == .malformed(
                    isTooMany ? .tooLong(count, limit: SlotCount.most.value) : .invalidValue(field: "slot count")))
    }

    @Test func fewerLinesThanSlots() throws {
        #expect(try Self.refusal { $0.lines.removeLast() } == .malformed(.truncated(needed: 1, left: 0)))
    }

    @Test func aNumberIsNotSpelledTwice() throws {
        let record = try Self.record()
        var bytes = record.encode()
        // The epoch, 1, stands after the version and the cluster; 0x81 0x00 reads as 1 as well.
        #expect(bytes[17] == 1)
        bytes.replaceSubrange(17...17, with: [0x81, 0x00])
        #expect(Self.refusal(bytes) == .malformed(.invalidValue(field: "number with needless bytes")))
    }
}
