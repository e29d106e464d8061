import RoostCore
import Testing

/// Header and body in one run of bytes. The golden bytes may never change: messages on disk are read by them.
@Suite struct MessageContentTests {
    @Test func `a plain message costs one byte`() {
        let content = MessageContent(body: Array("hi".utf8))
        #expect(content.bytes == [0, 0x68, 0x69])
        #expect(content.header == .plain)
        #expect(content.body == Array("hi".utf8))
        #expect(MessageContent(body: []).bytes == [0])
    }

    @Test func `every field comes back`() throws {
        let author = try #require(Address("alice"))
        let to = Address(group: 7)
        let key = StreamKey(device: 0x0102_0304_0506_0708, stream: 300)
        for kind in MessageHeader.Kind.allCases {
            for isForwarded in [false, true] {
                for about in [nil, MessageReference(key: key, number: 9, sentAtMilliseconds: 7)] {
                    for origin in [nil, MessageOrigin(author: author, to: to, key: key, number: 1 << 40)] {
                        let header = MessageHeader(
                            kind: kind, isForwarded: isForwarded, about: about, origin: origin)
                        let content = MessageContent(header, body: [1, 2, 3])
                        #expect(content.header == header)
                        #expect(content.body == [1, 2, 3])
                        #expect(content.bytes.count - 3 <= MessageHeader.bytesMax)
                    }
                }
            }
        }
    }

    @Test func `an edit is these bytes`() {
        let header = MessageHeader(kind: .edit, about: .init(key: StreamKey(device: 255, stream: 1), number: 300))
        #expect(MessageContent(header, body: [0x41]).bytes == [0x21, 255, 0, 0, 0, 0, 0, 0, 0, 1, 0xAC, 2, 0, 0x41])
    }

    @Test(arguments: [[], [0x21], [0x2F, 1, 2], [0x40, 3, 0x41, 0x42, 0x43]] as [[UInt8]])
    func `bytes that are no content are of an unknown kind`(bytes: [UInt8]) {
        let content = MessageContent(bytes: bytes)
        #expect(content.header.kind == .unknown)
        #expect(content.body == [])
    }

    @Test func `a kind of a later version is unknown and keeps its body`() {
        let content = MessageContent(bytes: [0x0E, 1, 2])
        #expect(content.header.kind == .unknown)
        #expect(content.body == [1, 2])
    }
}
