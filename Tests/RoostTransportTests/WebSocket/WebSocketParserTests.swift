import NIOCore
import RoostCore
import RoostTransport
import Testing

@Suite("The WebSocket parser")
struct WebSocketParserTests {
    private struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        var isText = true
        let violation: WebSocketViolation

        init(_ name: String, _ bytes: [UInt8], isText: Bool = true, _ violation: WebSocketViolation) {
            testDescription = name
            self.bytes = bytes
            self.isText = isText
            self.violation = violation
        }
    }

    private static let hostile: [Case] = [
        Case("unmasked", ClientFrames.frame(0x1, [65], mask: nil), .unmasked),
        Case("RSV1", ClientFrames.frame(0x1, [65], reserved: 0x40), .reservedBits),
        Case("RSV2", ClientFrames.frame(0x1, [65], reserved: 0x20), .reservedBits),
        Case("RSV3", ClientFrames.frame(0x9, [65], reserved: 0x10), .reservedBits),
        Case("opcode 3", ClientFrames.frame(0x3, []), .reservedOpcode(3)),
        Case("opcode 7", ClientFrames.frame(0x7, []), .reservedOpcode(7)),
        Case("opcode 11", ClientFrames.frame(0xB, []), .reservedOpcode(11)),
        Case("opcode 15", ClientFrames.frame(0xF, []), .reservedOpcode(15)),
        Case("ping in fragments", ClientFrames.frame(0x9, [1], isFinal: false), .fragmentedControl),
        Case("close in fragments", ClientFrames.frame(0x8, [], isFinal: false), .fragmentedControl),
        Case("ping of 126 bytes", ClientFrames.frame(0x9, [UInt8](repeating: 1, count: 126)), .controlTooLong),
        Case("length 5 in two bytes", ClientFrames.frame(0x1, [1, 2, 3, 4, 5], lengthBytes: 2), .lengthNotMinimal),
        Case("length 5 in eight bytes", ClientFrames.frame(0x1, [1, 2, 3, 4, 5], lengthBytes: 8), .lengthNotMinimal),
        Case("continuation of nothing", ClientFrames.frame(0x0, [65]), .strayContinuation),
        Case(
            "text within a text", ClientFrames.text("a", isFinal: false) + ClientFrames.text("b"), .interleavedMessage),
        Case("binary on JSON", ClientFrames.frame(0x2, [65]), .wrongOpcode(.binary)),
        Case("text on protobuf", ClientFrames.text("a"), isText: false, .wrongOpcode(.text)),
        Case("1001 bytes", ClientFrames.frame(0x1, [], declared: 1001), .messageTooLong(bytes: 1001, limit: 1000)),
        Case(
            "2^63 bytes", ClientFrames.frame(0x1, [], declared: 1 << 63), .messageTooLong(bytes: 1 << 63, limit: 1000)),
        Case(
            "2^64 - 1 bytes", ClientFrames.frame(0x1, [], declared: .max), .messageTooLong(bytes: .max, limit: 1000)),
        Case(
            "2^64 - 1 bytes after one",
            ClientFrames.text("a", isFinal: false) + ClientFrames.frame(0, [], declared: .max),
            .messageTooLong(bytes: .max, limit: 1000)),
        Case(
            "two halves of 501 bytes",
            ClientFrames.text(String(repeating: "a", count: 501), isFinal: false)
                + ClientFrames.frame(0x0, [UInt8](repeating: 65, count: 501)),
            .messageTooLong(bytes: 1002, limit: 1000)),
        Case(
            "endless empty fragments",
            ClientFrames.text("", isFinal: false)
                + [[UInt8]](repeating: ClientFrames.frame(0x0, [], isFinal: false), count: 100).flatMap { $0 },
            .tooManyFragments(limit: 8)),
        Case("a lone continuation byte", ClientFrames.frame(0x1, [0x80]), .invalidText),
        Case("an overlong slash", ClientFrames.frame(0x1, [0xC0, 0xAF]), .invalidText),
        Case("a surrogate", ClientFrames.frame(0x1, [0xED, 0xA0, 0x80]), .invalidText),
        Case("beyond U+10FFFF", ClientFrames.frame(0x1, [0xF4, 0x90, 0x80, 0x80]), .invalidText),
        Case("an unfinished character", ClientFrames.frame(0x1, [65, 0xE2, 0x82]), .invalidText),
        Case(
            "bad text over two fragments",
            ClientFrames.frame(0x1, [0xE2, 0x82], isFinal: false) + ClientFrames.frame(0x0, [0x41]), .invalidText),
        Case("a close of one byte", ClientFrames.frame(0x8, [3]), .closeTruncated),
        Case("close 0", ClientFrames.close(0), .closeCode(0)),
        Case("close 999", ClientFrames.close(999), .closeCode(999)),
        Case("close 1004", ClientFrames.close(1004), .closeCode(1004)),
        Case("close 1005", ClientFrames.close(1005), .closeCode(1005)),
        Case("close 1006", ClientFrames.close(1006), .closeCode(1006)),
        Case("close 1015", ClientFrames.close(1015), .closeCode(1015)),
        Case("close 2999", ClientFrames.close(2999), .closeCode(2999)),
        Case("close 5000", ClientFrames.close(5000), .closeCode(5000)),
        Case("close with bad text", ClientFrames.close(1000, [0xFF]), .invalidText),
    ]

    @Test("refuses each violation, however the bytes are cut, after the good messages before it", arguments: hostile)
    private func violations(of hostile: Case) {
        let before = ClientFrames.frame(hostile.isText ? 0x1 : 0x2, Array("good".utf8))
        var random = SeededRandom(seed: 7)
        for pieces in ClientFrames.cuts(before + hostile.bytes, using: &random) {
            let (events, violation) = ClientFrames.parse(pieces, isText: hostile.isText)
            #expect(events == [.message(ByteBuffer(string: "good"))])
            #expect(violation == hostile.violation)
        }
        #expect(hostile.violation.text.utf8.count <= 123)
    }

    @Test("tells a hostile length before a byte of its payload has come")
    func lengthFirst() {
        // All but the last byte of the mask: the head is not even complete one byte earlier.
        let head = ClientFrames.frame(0x1, [], declared: 1 << 63)
        #expect(ClientFrames.parse([Array(head.dropLast())]).1 == nil)
        #expect(ClientFrames.parse([head]).1?.closeCode == 1009)
    }

    @Test("takes every close code that may be sent", arguments: [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4003, 4999])
    func closeCodes(code: UInt16) {
        #expect(ClientFrames.parse([ClientFrames.close(code, Array("bye".utf8))]).0 == [.close(code: code)])
    }

    @Test("a close without a code is one")
    func emptyClose() {
        #expect(ClientFrames.parse([ClientFrames.frame(0x8, [])]).0 == [.close(code: nil)])
    }

    @Test("joins the fragments of a text whose characters are split, with pings between them")
    func fragments() {
        let euro = Array("€".utf8)
        let bytes =
            ClientFrames.frame(0x1, [euro[0]], isFinal: false) + ClientFrames.frame(0x9, [1, 2, 3])
            + ClientFrames.frame(0x0, [], isFinal: false) + ClientFrames.frame(0x0, [euro[1]], isFinal: false)
            + ClientFrames.frame(0xA, []) + ClientFrames.frame(0x0, [euro[2]]) + ClientFrames.text("next")
        var random = SeededRandom(seed: 3)
        for pieces in ClientFrames.cuts(bytes, using: &random) {
            let (events, violation) = ClientFrames.parse(pieces)
            #expect(violation == nil)
            #expect(
                events == [
                    .ping(ByteBuffer(bytes: [1, 2, 3])), .pong, .message(ByteBuffer(string: "€")),
                    .message(ByteBuffer(string: "next")),
                ])
        }
    }

    @Test(
        "unmasks every length and every offset of the mask", arguments: [0, 1, 2, 3, 4, 7, 8, 9, 125, 126, 127, 1000])
    func unmasking(length: Int) {
        var random = SeededRandom(seed: UInt64(length))
        let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
        for pieces in ClientFrames.cuts(ClientFrames.frame(0x2, payload), using: &random) {
            #expect(ClientFrames.parse(pieces, isText: false).0 == [.message(ByteBuffer(bytes: payload))])
        }
    }

    @Test("reads a message of exactly the limit with a length of eight bytes")
    func longest() {
        let payload = [UInt8](repeating: 0x61, count: Limits.clientFrameBytesMax)
        let (events, violation) = ClientFrames.parse(
            [ClientFrames.frame(0x1, payload)], messageBytesMax: Limits.clientFrameBytesMax)
        #expect(violation == nil)
        #expect(events == [.message(ByteBuffer(bytes: payload))])
    }

    @Test("never traps on noise, and says the same however the noise is cut", arguments: 0..<200 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<random.below(12) {
            let payload = (0..<random.below(300)).map { _ in UInt8(random.below(128)) }
            let opcodes: [UInt8] = [0x0, 0x1, 0x1, 0x1, 0x8, 0x9, 0xA]
            bytes += ClientFrames.frame(
                opcodes[random.below(opcodes.count)], Array(payload.prefix(random.below(4) == 0 ? 300 : 100)),
                isFinal: random.below(4) != 0)
        }
        for _ in 0..<random.below(3) where !bytes.isEmpty {
            bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        }
        let results = ClientFrames.cuts(bytes, using: &random).map { ClientFrames.parse($0) }
        for result in results.dropFirst() {
            #expect(result.0 == results[0].0)
            #expect(result.1 == results[0].1)
        }
    }

    @Test("a message that comes in one read allocates nothing once its buffer is there")
    func reuse() throws {
        var parser = WebSocketParser(isText: false)
        var scratch = ByteBuffer()
        scratch.reserveCapacity(256)
        let place = scratch.withUnsafeReadableBytes { $0.baseAddress }
        for _ in 0..<10 {
            var input = ByteBuffer(bytes: ClientFrames.frame(0x2, [UInt8](repeating: 9, count: 200)))
            guard case .message(let message) = try parser.next(from: &input, scratch: &scratch) else {
                Issue.record("no message")
                return
            }
            #expect(message.withUnsafeReadableBytes { $0.baseAddress } == place)
        }
    }
}
