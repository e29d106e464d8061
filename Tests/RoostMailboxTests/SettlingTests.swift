import RoostCore
import RoostMailbox
import Testing

/// What all devices have stored is not counted any more, and goes when others have confirmed that these are all.
@Suite struct SettlingTests {
    let key = StreamKey(device: 7, stream: 1)
    let sender = Address(group: 9)
    let phone: DeviceID = 1
    let laptop: DeviceID = 2
    var freed = FreedSpace()
    var mailbox = Mailbox()

    init() {
        mailbox.setDevices([phone], freed: &freed)
        for number in 1...4 as ClosedRange<StreamNumber> { append(number, to: key) }
    }

    private mutating func append(_ number: StreamNumber, to key: StreamKey) {
        mailbox.append(
            key, from: sender, number: number, bodyHash: number, bodyBytes: 10, sentAtMilliseconds: 1,
            location: LogLocation(segment: 1, blockOffset: 0, index: UInt32(number)))
    }

    private mutating func acknowledge(_ device: DeviceID, _ upTo: StreamNumber) {
        _ = mailbox.acknowledge(key, from: sender, device: device, upTo: upTo, freed: &freed)
    }

    private var held: [StreamNumber] { mailbox.streams[key]?.pending.map(\.number) ?? [] }

    @Test mutating func `what was settled when the others were asked goes, and no more`() {
        acknowledge(phone, 2)
        #expect(mailbox.isSettling && mailbox.settledMessages == 2 && mailbox.pendingMessages == 2)
        mailbox.ask()
        #expect(!mailbox.isSettling)
        acknowledge(phone, 3)
        let floors = mailbox.confirmed(freed: &freed)
        #expect(floors == [.init(key: key, sender: sender, upTo: 2)])
        #expect(held == [3, 4] && mailbox.settledMessages == 1 && mailbox.pendingMessages == 1)
        #expect(mailbox.isSettling, "3 was settled after the others were asked")
        #expect(freed.segments.map(\.bytes) == [2 * (10 + PendingMessage.headBytesEstimate)])
    }

    @Test mutating func `what nobody confirmed is asked about again`() {
        acknowledge(phone, 2)
        mailbox.ask()
        mailbox.askAgain()
        #expect(mailbox.isSettling && held == [1, 2, 3, 4])
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(held == [3, 4])
    }

    @Test mutating func `a device that comes before it is confirmed gets what is held`() {
        acknowledge(phone, 3)
        mailbox.ask()
        mailbox.setDevices([phone, laptop], freed: &freed)
        #expect(mailbox.settledMessages == 0 && mailbox.pendingMessages == 4)
        #expect(mailbox.confirmed(freed: &freed).isEmpty)
        #expect(held == [1, 2, 3, 4] && mailbox.next(after: 0, for: laptop)?.message.number == 1)
        acknowledge(laptop, 2)
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(held == [3, 4] && mailbox.pendingMessages == 2)
    }

    @Test mutating func `a device that comes afterwards begins behind what is gone`() {
        acknowledge(phone, 3)
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        mailbox.setDevices([phone, laptop], freed: &freed)
        #expect(mailbox.streams[key]?.watermark(of: laptop) == 3)
        #expect(mailbox.next(after: 0, for: laptop)?.message.number == 4)
    }

    @Test mutating func `one that subscribes before the owner has heard of it is waited for`() {
        acknowledge(phone, 4)
        #expect(mailbox.pendingMessages == 0)
        mailbox.subscribed(laptop, freed: &freed)
        #expect(mailbox.pendingMessages == 4 && mailbox.streams[key]?.watermark(of: laptop) == 0)
    }

    @Test mutating func `what only a device that is gone had not stored is settled`() {
        mailbox.setDevices([phone, laptop], freed: &freed)
        acknowledge(phone, 4)
        #expect(mailbox.pendingMessages == 4)
        mailbox.setDevices([phone], freed: &freed)
        #expect(mailbox.pendingMessages == 0 && mailbox.isSettling)
    }

    @Test mutating func `copies of one's own that are for no device are settled at once`() {
        let copy = StreamKey.copy(of: phone, to: sender, stream: 1)
        append(1, to: copy)
        #expect(mailbox.pendingMessages == 4 && mailbox.settledMessages == 1)
        mailbox.ask()
        #expect(mailbox.confirmed(freed: &freed).map(\.key) == [copy])
        #expect(mailbox.heldMessages == 4)
    }

    @Test mutating func `where there never are other devices it goes at once`() {
        var group = Mailbox()
        group.setDevices([phone], areFixed: true, freed: &freed)
        group.append(
            key, from: sender, number: 1, bodyHash: 1, bodyBytes: 10, sentAtMilliseconds: 1,
            location: LogLocation(segment: 1, blockOffset: 0, index: 1))
        _ = group.acknowledge(key, from: sender, device: phone, upTo: 1, freed: &freed)
        #expect(group.heldMessages == 0 && !group.isSettling)
    }

    @Test mutating func `another owner's word that it is gone is enough`() {
        #expect(mailbox.acknowledge(key, from: sender, device: InboundStream.everybody, upTo: 3, freed: &freed))
        #expect(held == [4] && mailbox.devices == [phone] && mailbox.streams[key]?.deliveredUpTo == 3)
        #expect(!mailbox.acknowledge(key, from: sender, device: InboundStream.everybody, upTo: 3, freed: &freed))
    }

    @Test(arguments: 1...60) mutating func `counts are what is there, whatever happens`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var next: StreamNumber = 5
        for _ in 0..<200 {
            switch random.below(7) {
            case 0, 1:
                append(next, to: key)
                next += 1
            case 2: acknowledge(phone, StreamNumber(random.below(Int(next))))
            case 3: acknowledge(laptop, StreamNumber(random.below(Int(next))))
            case 4: mailbox.setDevices(random.below(2) == 0 ? [phone] : [phone, laptop], freed: &freed)
            case 5: mailbox.ask()
            default: if random.below(2) == 0 { mailbox.askAgain() } else { _ = mailbox.confirmed(freed: &freed) }
            }
            let stored = mailbox.devices.map { mailbox.streams[key]?.stored(by: $0) ?? 0 }.min() ?? 0
            #expect(mailbox.heldMessages == held.count)
            #expect(mailbox.pendingMessages == held.count { $0 > stored })
            #expect(mailbox.pendingBytes == mailbox.pendingMessages * 10)
        }
        mailbox.askAgain()
        mailbox.ask()
        _ = mailbox.confirmed(freed: &freed)
        #expect(mailbox.settledMessages == 0 && mailbox.heldMessages == mailbox.pendingMessages)
    }
}
