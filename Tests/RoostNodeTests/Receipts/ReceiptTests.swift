import RoostCore
import RoostNode
import RoostSession
import Testing

/// Who is told how far readers are, and when again.
@Suite("Receipts")
struct ReceiptTests {
    private var town: Town
    private let alice: UserName
    private let bob: UserName
    private let fromAlice = StreamKey(device: 1, stream: 1)

    init() throws {
        town = try Town(nodes: 3)
        alice = try town.settle("alice", devices: [1, 2])
        bob = try town.settle("bob", devices: [9])
    }

    private func receipt(_ deliveredUpTo: StreamNumber, _ readUpTo: StreamNumber) -> StreamReceipt {
        .init(reader: Address(bob), key: fromAlice, deliveredUpTo: deliveredUpTo, readUpTo: readUpTo)
    }

    private mutating func read(_ upTo: StreamNumber, by reader: Town.Client) {
        town.say(.ack(fromAlice, upTo: upTo), reader)
        town.say(.read(from: "alice", fromAlice, upTo: upTo), reader)
    }

    @Test("Each device of who sent is told, whichever sent it")
    mutating func everyDevice() {
        let (one, two) = (town.connect(alice, 1), town.connect(alice, 2, at: 1))
        let reader = town.connect(bob, 9, at: 2)
        town.send(1, to: "bob", from: one)
        town.say(.ack(fromAlice, upTo: 1), reader)
        #expect(town.receipts(one) == [receipt(1, 0)])
        #expect(town.receipts(two) == [receipt(1, 0)])
        town.say(.read(from: "alice", fromAlice, upTo: 1), reader)
        #expect(town.receipts(one) == [receipt(1, 1)])
        #expect(town.receipts(two) == [receipt(1, 1)])
    }

    @Test("A device that was away is told on each connection, until it has said that it knows")
    mutating func away() {
        let one = town.connect(alice, 1)
        let reader = town.connect(bob, 9, at: 2)
        town.send(1, to: "bob", from: one)
        read(1, by: reader)
        for node in 0..<2 {
            let two = town.connect(alice, 2, at: node)
            #expect(town.receipts(two) == [receipt(1, 1)])
            town.leave(two)
        }
        var two = town.connect(alice, 2)
        town.say(.receiptsKnown([receipt(1, 0)]), two)
        town.leave(two)
        two = town.connect(alice, 2, at: 2)
        #expect(town.receipts(two) == [receipt(1, 1)], "it knows half of it")
        town.say(.receiptsKnown([receipt(1, 1)]), two)
        town.leave(two)
        two = town.connect(alice, 2, at: 1)
        #expect(town.receipts(two).isEmpty)
        #expect(town.receipts(town.connect(alice, 1, at: 1)) == [receipt(1, 1)], "the other has said nothing")
    }

    @Test("After thirty days nobody is told any more")
    mutating func age() {
        let one = town.connect(alice, 1)
        town.send(1, to: "bob", from: one)
        read(1, by: town.connect(bob, 9))
        town.wallMilliseconds += 30 * 24 * 60 * 60 * 1000
        #expect(town.receipts(town.connect(alice, 2)) == [receipt(1, 1)])
        town.wallMilliseconds += 1
        #expect(town.receipts(town.connect(alice, 2)).isEmpty)
    }

    private var receiptRecords: Int {
        town.logged.values.reduce(0) { count, records in
            count + records.count { $0.record.kind == ReplicaRecord.Kind.receipt.rawValue }
        }
    }

    @Test("What is known rides in the records of later rises, and is written by itself only when there are none")
    mutating func records() throws {
        let (one, two) = (town.connect(alice, 1), town.connect(alice, 2))
        let reader = town.connect(bob, 9)
        for number in 1...20 as ClosedRange<StreamNumber> {
            town.send(number, to: "bob", from: one)
            town.say(.ack(fromAlice, upTo: number), reader)
            for device in [one, two] { town.say(.receiptsKnown([receipt(number, 0)]), device) }
        }
        #expect(receiptRecords == 3 * 20)
        town.wait(milliseconds: 61_000)
        #expect(receiptRecords == 3 * 21)
        for index in 0..<3 { try town.restart(index) }
        #expect(town.receipts(town.connect(alice, 1)).isEmpty)
        #expect(town.receipts(town.connect(alice, 2)).isEmpty)
        town.wait(milliseconds: 61_000)
        #expect(receiptRecords == 3 * 21)
        // What a rise has taken with it is not written once more.
        let (first, again) = (town.connect(alice, 1), town.connect(bob, 9))
        for number in 21...22 as ClosedRange<StreamNumber> {
            town.send(number, to: "bob", from: first)
            town.say(.ack(fromAlice, upTo: number), again)
            if number == 21 { town.say(.receiptsKnown([receipt(number, 0)]), first) }
        }
        town.wait(milliseconds: 61_000)
        #expect(receiptRecords == 3 * 23)
    }

    @Test("A crash takes back only what became known of late, and no receipt")
    mutating func crash() throws {
        let one = town.connect(alice, 1)
        let reader = town.connect(bob, 9)
        town.send(1, to: "bob", from: one)
        read(1, by: reader)
        town.say(.receiptsKnown([receipt(1, 1)]), one)
        for index in 0..<3 { try town.restart(index) }
        let again = town.connect(alice, 1)
        #expect(town.receipts(again) == [receipt(1, 1)])
    }

    @Test("What an owner missed it is told again when the link stands anew")
    mutating func again() {
        let one = town.connect(alice, 1, at: 1)
        let reader = town.connect(bob, 9)
        town.send(1, to: "bob", from: one)
        _ = town.receipts(one)
        town.setCut(true, 0)
        read(1, by: reader)
        #expect(town.receipts(one).isEmpty)
        town.setCut(false, 0)
        town.stand(0)
        #expect(town.receipts(one).last == receipt(1, 1))
    }

    @Test("What is said again is all that was said: a later delivery takes no read back")
    mutating func againAll() {
        let one = town.connect(alice, 1, at: 1)
        let reader = town.connect(bob, 9)
        for number in 1...2 as ClosedRange<StreamNumber> { town.send(number, to: "bob", from: one) }
        _ = town.receipts(one)
        town.setCut(true, 0)
        read(1, by: reader)
        town.say(.ack(fromAlice, upTo: 2), reader)
        town.setCut(false, 0)
        town.stand(0)
        #expect(town.receipts(one).last == receipt(2, 1))
    }

    @Test("An owner that has a receipt from another tells it")
    mutating func compared() {
        let one = town.connect(alice, 1, at: 1)
        town.send(1, to: "bob", from: one)
        town.setCut(true, 1)
        // The node of the reader goes with what it has said.
        let reader = town.connect(bob, 9)
        read(1, by: reader)
        #expect(town.receipts(one).isEmpty)
        town.setCut(false, 1)
        town.compare(1, with: 2)
        #expect(town.receipts(one).last == receipt(1, 1))
    }
}
