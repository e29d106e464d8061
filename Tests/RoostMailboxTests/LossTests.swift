import RoostCore
import RoostMailbox
import Testing

@Suite("Lost numbers")
struct LossTests {
    private let key = StreamKey(device: 77, stream: 1)
    private let phone: DeviceID = 1
    private var mailbox = Mailbox()
    private var freed = FreedSpace()
    private let sender: Address

    init() throws {
        sender = try #require(Address("alice"))
        mailbox.setDevices([phone], freed: &freed)
    }

    private mutating func append(_ number: StreamNumber) {
        mailbox.append(
            key, from: sender, number: number, bodyHash: number, bodyBytes: 10, sentAtMilliseconds: 0,
            location: LogLocation(segment: 4, blockOffset: UInt32(number), index: 0))
    }

    private func judge(_ number: StreamNumber) -> Judgement {
        mailbox.judge(key, number: number, bodyHash: number, isRetry: true)
    }

    private mutating func lose(_ from: StreamNumber, _ upTo: StreamNumber) -> LostNumbers? {
        mailbox.lose(key, from: sender, LostNumbers(from: from, upTo: upTo), freed: &freed)
    }

    private var lost: [ClosedRange<StreamNumber>] {
        mailbox.streams[key]?.lost.map { $0.from...$0.upTo } ?? []
    }

    @Test("The only owner gives up what is missing below and between what it holds, and nothing else")
    mutating func gaps() throws {
        for number: StreamNumber in [4, 5, 8] { append(number) }
        let closed = mailbox.closeGaps(freed: &freed)
        #expect(closed.numbers == 5)
        #expect(closed.runs.map(\.run) == [LostNumbers(from: 1, upTo: 3), LostNumbers(from: 6, upTo: 7)])
        let stream = try #require(mailbox.streams[key])
        #expect((1...10).map { stream.lostFrom(before: $0) } == [0, 1, 1, 1, 0, 0, 6, 6, 0, 0])
        #expect((1...9).map { stream.isLost($0) } == [true, true, true, false, false, true, true, false, false])
        #expect(mailbox.pendingMessages == 3 && judge(4) == .alreadyHeld && judge(9) == .append)
        let again = mailbox.closeGaps(freed: &freed)
        #expect(again.numbers == 0 && again.runs.isEmpty)
    }

    @Test("What devices have stored is not lost")
    mutating func stored() {
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 3, freed: &freed)
        append(4)
        #expect(mailbox.closeGaps(freed: &freed).runs.isEmpty)
    }

    @Test("A lost number is refused, also when the devices have stored what is behind it")
    mutating func neverSent() {
        append(3)
        _ = mailbox.closeGaps(freed: &freed)
        #expect(judge(2) == .reused)
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 3, freed: &freed)
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(judge(3) == .becomingDurable && judge(2) == .reused)
        append(2)
        #expect(mailbox.pendingMessages == 0, "nor does it come back by a copy")
    }

    @Test("What another replica knows to be lost is not kept here")
    mutating func copied() {
        for number: StreamNumber in 1...4 { append(number) }
        #expect(lose(2, 3) != nil && lose(3, 3) == nil)
        #expect(mailbox.pendingMessages == 2 && mailbox.pendingBytes == 20)
        #expect(freed.segments.map(\.segment) == [4])
        #expect(mailbox.next(after: 1, for: phone)?.message.number == 4)
        mailbox.withdraw(key, number: 4)
        #expect(lose(9, 9) != nil && mailbox.streams[key]?.top == 9)
    }

    @Test("Runs that touch are one, and the record of a part is dead")
    mutating func segments() throws {
        let first = try #require(lose(1, 2))
        mailbox.setLossSegment(5, key: key, first, freed: &freed)
        #expect(freed.segments.isEmpty)
        let whole = try #require(lose(3, 4))
        #expect(whole == LostNumbers(from: 1, upTo: 4))
        #expect(freed.segments.map(\.segment) == [5])
        mailbox.setLossSegment(6, key: key, first, freed: &freed)
        mailbox.setLossSegment(7, key: key, whole, freed: &freed)
        #expect(freed.segments.map(\.segment) == [5, 6])
        #expect(mailbox.streams[key]?.lost.first?.segment == 7)
        mailbox.release(into: &freed)
        #expect(freed.segments.map(\.segment) == [5, 6, 7])
    }

    @Test("In whatever order losses come, their union is known", arguments: 1...50)
    mutating func union(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var model: Set<StreamNumber> = []
        for _ in 0..<30 {
            let from = StreamNumber(1 + random.below(60))
            let upTo = from + StreamNumber(random.below(6))
            let isNews = !model.isSuperset(of: from...upTo)
            #expect((lose(from, upTo) != nil) == isNews)
            model.formUnion(from...upTo)
        }
        for number: StreamNumber in 1...70 {
            #expect(mailbox.streams[key]?.isLost(number) == model.contains(number), "\(number) of \(lost)")
        }
        #expect(zip(lost, lost.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound }, "\(lost)")
    }
}
