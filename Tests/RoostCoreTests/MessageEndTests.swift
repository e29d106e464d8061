import RoostCore
import Testing

@Suite struct MessageEndTests {
    private func end(_ header: MessageHeader, sentAt: UInt64 = 10_500) -> MessageEnd {
        MessageContent.end(of: MessageContent(header, body: [1]).bytes, sentAtMilliseconds: sentAt)
    }

    @Test func `a message ends when its lifetime is over, to the second above`() {
        let end = end(MessageHeader(lifetimeSeconds: 5))
        #expect(end == MessageEnd(seconds: 16))
        #expect(!end.isDue(wallMilliseconds: 15_999))
        #expect(end.isDue(wallMilliseconds: 16_000))
    }

    @Test func `what has no lifetime, sets one or is the group's never ends`() {
        #expect(end(.plain) == .never)
        #expect(end(MessageHeader(kind: .lifetimeChange, lifetimeSeconds: 5)) == .never)
        #expect(end(MessageHeader(kind: .groupEvent, lifetimeSeconds: 5)) == .never)
        #expect(!MessageEnd.never.isDue(wallMilliseconds: .max))
    }

    @Test func `the word that a message has ended is not due again`() {
        let passed = MessageContent.end(of: MessageContent.expired.bytes, sentAtMilliseconds: 0)
        #expect(passed == .passed)
        #expect(!passed.isDue(wallMilliseconds: .max))
    }

    @Test(arguments: [UInt64.max, UInt64.max - 1, 4_294_967_295_000])
    func `an end that is too far away to be written down is the last that can be`(sentAt: UInt64) {
        let end = end(MessageHeader(lifetimeSeconds: .max), sentAt: sentAt)
        #expect(end.isAhead)
        #expect(end == MessageEnd(seconds: .max - 1))
    }

    @Test func `the lifetime stands in the header, beside everything else`() throws {
        let key = StreamKey(device: 5, stream: 6)
        let about = MessageReference(key: key, number: 9, sentAtMilliseconds: 7)
        let header = MessageHeader(kind: .edit, isForwarded: true, about: about, lifetimeSeconds: 86_400)
        let content = MessageContent(header, body: [1, 2])
        #expect(content.header == header)
        #expect(content.body == [1, 2])
    }
}
