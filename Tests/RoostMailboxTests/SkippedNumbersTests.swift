import RoostCore
import RoostMailbox
import Testing

/// A stream whose first numbers were never for this mailbox.
@Suite struct SkippedNumbersTests {
    let key = StreamKey(device: 7, stream: 1)
    let sender = Address(group: 9)
    var freed = FreedSpace()
    var mailbox = Mailbox()

    init() {
        mailbox.setDevices([1, 2], freed: &freed)
    }

    private mutating func append(_ number: StreamNumber) {
        mailbox.append(
            key, from: sender, number: number, bodyHash: number, bodyBytes: 10, sentAtMilliseconds: 1,
            location: LogLocation(segment: 1, blockOffset: 0, index: UInt32(number)))
    }

    @Test mutating func `it begins behind them, for every device, and nobody counts as having them`() {
        #expect(mailbox.acknowledge(key, from: sender, device: InboundStream.nobody, upTo: 4, freed: &freed))
        append(5)
        let stream = mailbox.streams[key]
        #expect(stream?.watermark(of: 1) == 4)
        #expect(stream?.watermark(of: 99) == 4)
        #expect(stream?.deliveredUpTo == 0)
        #expect(stream?.skippedUpTo == 4)
        #expect(mailbox.devices == [1, 2])
        #expect(mailbox.next(after: 0, for: 1)?.message.number == 5)
        #expect(mailbox.backlog(of: 2).map(\.stream.top) == [5])
    }

    @Test mutating func `a session is told of them also where nothing waits, until its device is beyond them`() {
        _ = mailbox.acknowledge(key, from: sender, device: InboundStream.nobody, upTo: 4, freed: &freed)
        #expect(mailbox.backlog(of: 1).map(\.stream.skippedUpTo) == [4], "another owner may not know")
        append(5)
        _ = mailbox.acknowledge(key, from: sender, device: 1, upTo: 5, freed: &freed)
        #expect(mailbox.backlog(of: 1).isEmpty)
        #expect(mailbox.backlog(of: 2).map(\.stream.top) == [5])
    }

    @Test mutating func `a message that comes below is taken for one that was never for it`() {
        _ = mailbox.acknowledge(key, from: sender, device: InboundStream.nobody, upTo: 4, freed: &freed)
        #expect(mailbox.judge(key, number: 4, bodyHash: 4, isRetry: true) == .becomingDurable)
        #expect(mailbox.judge(key, number: 4, bodyHash: 4, isRetry: false) == .reused)
        #expect(mailbox.judge(key, number: 5, bodyHash: 5, isRetry: false) == .append)
        append(4)
        #expect(mailbox.pendingMessages == 0)
        #expect(mailbox.isGone(key, number: 4))
    }

    @Test mutating func `what is held and turns out to be for nobody goes`() {
        for number in 1...6 as ClosedRange<StreamNumber> { append(number) }
        #expect(mailbox.acknowledge(key, from: sender, device: InboundStream.nobody, upTo: 4, freed: &freed))
        #expect(mailbox.pendingMessages == 2)
        #expect(freed.segments.map(\.bytes) == [4 * (10 + PendingMessage.headBytesEstimate)])
        #expect(!mailbox.acknowledge(key, from: sender, device: InboundStream.nobody, upTo: 3, freed: &freed))
        #expect(mailbox.acknowledge(key, from: sender, device: 1, upTo: 6, freed: &freed))
        #expect(mailbox.pendingMessages == 2)
        #expect(mailbox.streams[key]?.deliveredUpTo == 6)
        #expect(mailbox.acknowledge(key, from: sender, device: 2, upTo: 6, freed: &freed))
        #expect(mailbox.pendingMessages == 0)
    }
}
