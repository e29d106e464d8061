import RoostCore
import RoostMailbox
import Testing

/// What of a receipt each device has still to be told, and which record of it counts.
@Suite("Receipts")
struct ReceiptTableTests {
    private let key: ReceiptTable.Key
    private var table = ReceiptTable()
    private var freed = FreedSpace()
    private let day: UInt64 = 24 * 60 * 60 * 1000

    init() throws {
        key = .init(stream: StreamKey(device: 1, stream: 5), reader: try #require(Address("bob")))
    }

    private func numbers(unknownTo device: DeviceID, butReads: Bool = false, at wall: UInt64 = 0) -> [StreamNumber] {
        table.unknown(to: device, butReads: butReads, wallMilliseconds: wall).map(\.progress.deliveredUpTo)
    }

    @Test("Every device is to be told until it has said that it knows both maxima")
    mutating func known() {
        _ = table.merge(key, .init(deliveredUpTo: 4, readUpTo: 2))
        #expect(numbers(unknownTo: 1) == [4] && numbers(unknownTo: 2) == [4])
        let first = table.learn(key, .init(device: 1, deliveredUpTo: 4, readUpTo: 0))
        #expect(first)
        #expect(numbers(unknownTo: 1) == [4], "it does not know what was read")
        #expect(numbers(unknownTo: 1, butReads: true).isEmpty)
        let second = table.learn(key, .init(device: 1, deliveredUpTo: 3, readUpTo: 2))
        #expect(second)
        #expect(numbers(unknownTo: 1).isEmpty && numbers(unknownTo: 2) == [4])
        let third = table.learn(key, .init(device: 1, deliveredUpTo: 4, readUpTo: 1))
        #expect(!third, "what is known does not fall")
        _ = table.merge(key, .init(deliveredUpTo: 5))
        #expect(numbers(unknownTo: 1) == [5])
    }

    @Test("A device cannot know what there is not")
    mutating func nothing() {
        let isLearnt = table.learn(key, .init(device: 1, deliveredUpTo: 4, readUpTo: 0))
        #expect(!isLearnt && table.entries.isEmpty)
    }

    @Test("It is told for thirty days after it rose")
    mutating func age() {
        _ = table.merge(key, .init(deliveredUpTo: 4, deliveredAtMilliseconds: 100 * day))
        #expect(numbers(unknownTo: 1, at: 130 * day) == [4])
        #expect(numbers(unknownTo: 1, at: 130 * day + 1).isEmpty)
        #expect(numbers(unknownTo: 1, at: 99 * day) == [4], "clocks differ")
        _ = table.merge(key, .init(readUpTo: 1, readAtMilliseconds: 110 * day))
        #expect(numbers(unknownTo: 1, at: 130 * day + 1) == [4])
    }

    @Test("The time is that at which the number was reached first, whatever comes in whatever order", arguments: 1...20)
    mutating func times(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var parts = (1...8).map { _ in
            ReceiptProgress(
                deliveredUpTo: UInt64(random.below(4)), readUpTo: UInt64(random.below(4)),
                deliveredAtMilliseconds: UInt64(1 + random.below(90)), readAtMilliseconds: UInt64(1 + random.below(90)),
                known: [.init(device: UInt64(random.below(3)), deliveredUpTo: UInt64(random.below(5)), readUpTo: 0)])
        }
        var one = ReceiptProgress()
        for part in parts { _ = one.merge(part) }
        let highest = parts.map(\.deliveredUpTo).max() ?? 0
        let first = parts.filter { $0.deliveredUpTo == highest }.map(\.deliveredAtMilliseconds).min()
        #expect(one.deliveredUpTo == highest && (highest == 0 || one.deliveredAtMilliseconds == first))
        parts.shuffle(using: &random)
        var other = ReceiptProgress()
        for part in parts { _ = other.merge(part) }
        #expect(one == other)
        let rise = one.merge(other)
        #expect(rise == .init())
    }

    @Test("A record lives until a later one is in the log")
    mutating func records() {
        _ = table.merge(key, .init(deliveredUpTo: 1))
        table.setSegment(7, key: key, .init(deliveredUpTo: 1), freed: &freed)
        _ = table.merge(key, .init(deliveredUpTo: 2))
        #expect(table.isLive(key, .init(deliveredUpTo: 1), in: 7) && freed.segments.isEmpty)
        table.setSegment(8, key: key, .init(deliveredUpTo: 2), freed: &freed)
        #expect(!table.isLive(key, .init(deliveredUpTo: 1), in: 7) && table.isLive(key, .init(deliveredUpTo: 2), in: 8))
        #expect(freed.segments.map(\.segment) == [7])
        freed.clear()
        table.setSegment(9, key: key, .init(deliveredUpTo: 1), freed: &freed)
        #expect(freed.segments.map(\.segment) == [9], "an older one that comes late is dead at once")
        #expect(table.isLive(key, .init(deliveredUpTo: 2), in: 8))
        #expect(!table.isLive(key, .init(deliveredUpTo: 1), in: 8), "one segment may hold both")
        #expect(!table.isLive(key, .init(deliveredUpTo: 2, readUpTo: 1), in: 8))
        table.setSegment(10, key: key, .init(deliveredUpTo: 2), freed: &freed)
        #expect(!table.isLive(key, .init(deliveredUpTo: 2), in: 8), "the same was written once more")
    }

    @Test("What a removed device knew is forgotten with it")
    mutating func removal() {
        var mailbox = Mailbox()
        mailbox.setDevices([1, 2], freed: &freed)
        _ = mailbox.receipts.merge(key, .init(deliveredUpTo: 1))
        for device in 1...2 as ClosedRange<DeviceID> {
            _ = mailbox.receipts.learn(key, .init(device: device, deliveredUpTo: 1, readUpTo: 0))
        }
        mailbox.setDevices([2], freed: &freed)
        #expect(mailbox.receipts.entries[key]?.progress.known.map(\.device) == [2])
    }

    @Test("What the person has seen holds nothing back, is no delivery, and is not taken for a device's")
    mutating func seen() throws {
        let sender = try #require(Address("carol"))
        let stream = StreamKey(device: 9, stream: 1)
        var mailbox = Mailbox()
        mailbox.setDevices([1], freed: &freed)
        for number in 1...4 as ClosedRange<StreamNumber> {
            mailbox.append(
                stream, from: sender, number: number, bodyHash: 1, bodyBytes: 1, sentAtMilliseconds: 1)
        }
        let person = InboundStream.person
        let rises = [3, 2].map { mailbox.acknowledge(stream, from: sender, device: person, upTo: $0, freed: &freed) }
        #expect(rises == [true, false])
        #expect(mailbox.streams[stream]?.seenUpTo == 3 && mailbox.streams[stream]?.deliveredUpTo == 0)
        #expect(mailbox.devices == [1] && mailbox.pendingMessages == 4)
        _ = mailbox.acknowledge(stream, from: sender, device: 1, upTo: 4, freed: &freed)
        #expect(mailbox.pendingMessages == 0 && mailbox.streams[stream]?.seenUpTo == 3)
        _ = mailbox.acknowledge(stream, from: sender, device: InboundStream.nobody, upTo: 6, freed: &freed)
        #expect(mailbox.streams[stream]?.seenUpTo == 6, "what was never for it is not unread")
        _ = mailbox.acknowledge(stream, from: sender, device: InboundStream.everybody, upTo: 8, freed: &freed)
        #expect(mailbox.streams[stream]?.seenUpTo == 6, "what every device has is not seen")
        let isSeen = mailbox.acknowledge(stream, from: sender, device: person, upTo: 7, freed: &freed)
        #expect(isSeen && mailbox.streams[stream]?.seenUpTo == 7)
        _ = mailbox.acknowledge(stream, from: sender, device: person, upTo: 20, freed: &freed)
        #expect(mailbox.streams[stream]?.top == 8, "there may be no such message")
    }
}
