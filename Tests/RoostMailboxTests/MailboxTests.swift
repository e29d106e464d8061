import RoostCore
import RoostMailbox
import Testing

@Suite("Mailbox")
struct MailboxTests {
    private let key = StreamKey(device: 77, stream: 1)
    private let phone: DeviceID = 1
    private let laptop: DeviceID = 2
    private var mailbox = Mailbox()
    private var freed = FreedSpace()
    private let sender: Address

    init() throws {
        sender = try #require(Address("alice"))
        mailbox.setDevices([phone], freed: &freed)
    }

    private mutating func append(_ number: StreamNumber, durable: Bool = true) {
        mailbox.append(
            key, from: sender, number: number, bodyHash: number, bodyBytes: 10, sentAtMilliseconds: 0,
            location: durable ? location(number) : nil)
    }

    private func location(_ number: StreamNumber) -> LogLocation {
        LogLocation(segment: 4, blockOffset: UInt32(number), index: 0)
    }

    private func judge(_ number: StreamNumber, hash: UInt64? = nil, isRetry: Bool = false) -> Judgement {
        mailbox.judge(key, number: number, bodyHash: hash ?? number, isRetry: isRetry)
    }

    @Test("A message is held until the device has stored it, and then nothing of it is kept")
    mutating func lifecycle() {
        append(1)
        append(2)
        #expect(mailbox.pendingMessages == 2 && mailbox.pendingBytes == 20)
        #expect(mailbox.acknowledge(key, from: sender, device: phone, upTo: 1, freed: &freed))
        #expect(mailbox.pendingMessages == 1)
        #expect(!mailbox.acknowledge(key, from: sender, device: phone, upTo: 1, freed: &freed))
        #expect(mailbox.acknowledge(key, from: sender, device: phone, upTo: 2, freed: &freed))
        #expect(mailbox.pendingMessages == 0 && mailbox.pendingBytes == 0)
        #expect(mailbox.heldMessages == 2 && freed.segments.isEmpty, "somebody is to be asked first")
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(mailbox.heldMessages == 0 && mailbox.heldBytes == 0)
        #expect(freed.segments.map(\.segment) == [4])
    }

    @Test("A number says once what it says: retries are known, others refused")
    mutating func judgement() {
        append(1)
        #expect(judge(1) == .alreadyHeld)
        #expect(judge(1, hash: 99) == .reused)
        #expect(judge(2) == .append)
        append(2, durable: false)
        #expect(judge(2) == .becomingDurable)
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 3, freed: &freed)
        #expect(judge(1, isRetry: true) == .alreadyHeld && judge(2, isRetry: true) == .becomingDurable)
        #expect(judge(3, isRetry: true) == .append, "there may be a device of which this replica has not heard")
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(judge(1, isRetry: true) == .becomingDurable, "that it is gone is perhaps not on disk yet")
        #expect(judge(1, isRetry: false) == .reused)
    }

    @Test("What is gone is logged when the log has the word for it")
    mutating func logged() {
        append(1)
        append(2, durable: false)
        #expect(mailbox.isLogged(key, number: 1) && !mailbox.isLogged(key, number: 2))
        #expect(!mailbox.isLogged(key, number: 3))
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 1, freed: &freed)
        mailbox.setWatermarkSegment(5, key: key, device: phone, upTo: 1, freed: &freed)
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(!mailbox.isLogged(key, number: 1))
        mailbox.setWatermarkSegment(5, key: key, device: InboundStream.everybody, upTo: 1, freed: &freed)
        #expect(mailbox.isLogged(key, number: 1))
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 2, freed: &freed)
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(mailbox.isLogged(key, number: 1) && !mailbox.isLogged(key, number: 2))
    }

    @Test("A message leaves only when every device has stored it")
    mutating func devices() {
        mailbox.setDevices([phone, laptop], freed: &freed)
        append(1)
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 1, freed: &freed)
        #expect(mailbox.pendingMessages == 1)
        #expect(mailbox.next(after: 0, for: phone) == nil)
        #expect(mailbox.next(after: 0, for: laptop)?.message.number == 1)
        // A replica that has only the phone's word must still take the message for the laptop.
        #expect(judge(1, isRetry: true) == .alreadyHeld)
        mailbox.setDevices([phone], freed: &freed)
        #expect(mailbox.pendingMessages == 0)
    }

    @Test("A removed device does not come back with what was on its way from it")
    mutating func formerDevice() {
        mailbox.setDevices([phone, laptop], freed: &freed)
        append(1)
        append(2)
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 2, freed: &freed)
        mailbox.setDevices([phone], freed: &freed)
        #expect(!mailbox.acknowledge(key, from: sender, device: laptop, upTo: 1, freed: &freed))
        mailbox.subscribed(laptop, freed: &freed)
        #expect(mailbox.isFormer(laptop) && mailbox.devices == [phone])
        #expect(mailbox.pendingMessages == 0)
        // Linked again it is waited for again.
        mailbox.setDevices([phone, laptop], freed: &freed)
        #expect(!mailbox.isFormer(laptop))
        append(3)
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 3, freed: &freed)
        #expect(mailbox.next(after: 0, for: laptop) != nil)
    }

    @Test("One that missed the message but heard the acknowledgement of one device takes it for the other")
    mutating func missedForOneDevice() {
        mailbox.setDevices([phone, laptop], freed: &freed)
        _ = mailbox.acknowledge(key, from: sender, device: phone, upTo: 3, freed: &freed)
        #expect(judge(3, isRetry: true) == .append)
        #expect(judge(3, isRetry: false) == .reused)
    }

    @Test("Reading follows the order of arrival and stops at what is not durable")
    mutating func order() {
        append(2)
        append(1)
        append(3, durable: false)
        append(4)
        let first = mailbox.next(after: 0, for: phone)?.message
        #expect(first?.number == 2)
        let second = mailbox.next(after: first?.arrival ?? 0, for: phone)?.message
        #expect(second?.number == 1)
        #expect(mailbox.next(after: second?.arrival ?? 0, for: phone) == nil)
        mailbox.setLocation(location(3), key: key, number: 3)
        #expect(mailbox.next(after: second?.arrival ?? 0, for: phone)?.message.number == 3)
    }

    @Test("Without an account nothing leaves the queue")
    mutating func noDevices() {
        var orphan = Mailbox()
        orphan.append(
            key, from: sender, number: 1, bodyHash: 1, bodyBytes: 1, sentAtMilliseconds: 0, location: location(1))
        var freed = FreedSpace()
        orphan.setDevices([], freed: &freed)
        #expect(orphan.pendingMessages == 1)
        #expect(orphan.backlog(of: phone).map(\.key) == [key])
    }

    @Test("A message that the log refused was never held")
    mutating func withdrawal() {
        append(1)
        append(2, durable: false)
        mailbox.withdraw(key, number: 2)
        #expect(mailbox.pendingMessages == 1)
        #expect(mailbox.streams[key]?.top == 1)
        #expect(judge(2) == .append)
    }

    @Test("Receipts are maxima in whatever order they come", arguments: 1...20)
    mutating func receipts(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let reader = try #require(Address("bob"))
        let receiptKey = ReceiptTable.Key(stream: key, reader: reader)
        var delivered: StreamNumber = 0
        var read: StreamNumber = 0
        for _ in 0..<50 {
            let one = StreamNumber(random.below(100))
            let other = StreamNumber(random.below(100))
            _ = mailbox.receipts.merge(receiptKey, .init(deliveredUpTo: one, readUpTo: other))
            read = max(read, other)
            delivered = max(delivered, one, read)
            let progress = mailbox.receipts.entries[receiptKey]?.progress
            #expect(progress?.deliveredUpTo ?? 0 == delivered && progress?.readUpTo ?? 0 == read)
        }
    }
}
