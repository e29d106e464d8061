import RoostCore
import RoostSession
import RoostWire
import Testing

/// What strangers may send: each is an error with a name, none traps.
@Suite struct ClientCodecHostileTests {
    static let refused: [(String, WireError)] = [
        (#"{}"#, .unknownFrame),
        (#"{"sing":{"to":"bob"}}"#, .unknownFrame),
        (#"{"send":null}"#, .unknownFrame),
        (#"{"send":{"to":"bob"},"ping":{}}"#, .malformed("conflictingOneOf")),
        (#"{"send":{"to":7}}"#, .malformed("malformedString")),
        (#"{"send":{"stream":"-1"}}"#, .malformed("malformedNumber")),
        (#"{"send":{"stream":18446744073709551616}}"#, .malformed("numberRange")),
        (#"{"send":{"body":"%%"}}"#, .malformed("failure")),
        (#"{"send":"#, .malformed("truncated")),
        (#""#, .malformed("truncated")),
        (#"[]"#, .malformed("failure")),
        (#"{"ping":{}}{"ping":{}}"#, .malformed("trailingGarbage")),
    ]

    @Test(arguments: refused)
    func `this JSON is refused for this reason`(json: String, reason: WireError) {
        #expect(throws: reason) { try ClientFrameCodec.decodeClientFrame(Array(json.utf8), .json) }
    }

    @Test func `unknown fields inside a frame are skipped`() throws {
        let json = Array(#"{"ping":{"nonce":"7","mood":{"a":[1,2,{"b":null}]}}}"#.utf8)
        #expect(try ClientFrameCodec.decodeClientFrame(json, .json) == .ping(nonce: 7))
        // Field 1 is the nonce; field 15 is of a later version.
        let binary: [UInt8] = [0x32, 4, 0x08, 7, 0x78, 1]
        #expect(try ClientFrameCodec.decodeClientFrame(binary, .proto) == .ping(nonce: 7))
    }

    @Test func `binary with an unknown kind or none is an unknown frame`() {
        #expect(throws: WireError.unknownFrame) { try ClientFrameCodec.decodeClientFrame([], .proto) }
        #expect(throws: WireError.unknownFrame) { try ClientFrameCodec.decodeClientFrame([0x7A, 1, 0], .proto) }
    }

    @Test(arguments: ClientEncoding.allCases)
    func `a body at the limit passes and one byte more is too large`(encoding: ClientEncoding) throws {
        func send(_ count: Int) -> ClientFrame {
            .send(.init(id: 3, to: "bob", stream: 1, number: 2, body: [UInt8](repeating: 1, count: count)))
        }
        let fitting = send(Limits.bodyBytesMax)
        #expect(
            try ClientFrameCodec.decodeClientFrame(ClientFrameCodec.encode(fitting, encoding), encoding) == fitting)
        #expect(ClientFrameCodec.encode(fitting, encoding).count <= Limits.clientFrameBytesMax)
        #expect(
            throws: WireError.bodyTooLarge(bytes: Limits.bodyBytesMax + 1, id: 3, to: "bob", stream: 1, number: 2)
        ) {
            try ClientFrameCodec.decodeClientFrame(
                ClientFrameCodec.encode(send(Limits.bodyBytesMax + 1), encoding), encoding)
        }
    }

    @Test func `a node's frame with a name that is no name, or a code of a later version, is refused`() {
        #expect(throws: WireError.malformed("address")) {
            try ClientFrameCodec.decodeServerFrame(Array(#"{"sent":{"to":"BOB","stream":"1"}}"#.utf8), .json)
        }
        #expect(throws: WireError.unknownErrorCode(99)) {
            try ClientFrameCodec.decodeServerFrame(Array(#"{"error":{"code":99}}"#.utf8), .json)
        }
        #expect(throws: WireError.unknownErrorCode(0)) {
            try ClientFrameCodec.decodeServerFrame(Array(#"{"error":{}}"#.utf8), .json)
        }
    }

    @Test func `deep nesting is survived, closed or not`() {
        let opened = #"{"x":"# + String(repeating: "[", count: 30_000)
        #expect(throws: WireError.malformed("truncated")) {
            try ClientFrameCodec.decodeClientFrame(Array(opened.utf8), .json)
        }
        let closed = opened + String(repeating: "]", count: 30_000) + "}"
        #expect(throws: WireError.unknownFrame) { try ClientFrameCodec.decodeClientFrame(Array(closed.utf8), .json) }
    }

    @Test(arguments: ClientEncoding.allCases, UInt64(0)..<20)
    func `random frames come back as they were`(encoding: ClientEncoding, seed: UInt64) throws {
        var frames = RandomFrames(seed: seed)
        for _ in 0..<100 {
            let said = frames.clientFrame()
            #expect(try ClientFrameCodec.decodeClientFrame(ClientFrameCodec.encode(said, encoding), encoding) == said)
            let answered = frames.serverFrame()
            #expect(
                try ClientFrameCodec.decodeServerFrame(ClientFrameCodec.encode(answered, encoding), encoding)
                    == answered)
        }
    }

    @Test(arguments: ClientEncoding.allCases, UInt64(0)..<10)
    func `cut and damaged frames never trap and never pass for another body size`(
        encoding: ClientEncoding, seed: UInt64
    ) {
        var frames = RandomFrames(seed: seed)
        for _ in 0..<30 {
            let bytes = ClientFrameCodec.encode(frames.clientFrame(), encoding)
            for length in 0..<bytes.count { take(Array(bytes[..<length]), encoding) }
            for _ in 0..<50 {
                var damaged = bytes
                for _ in 0...frames.random.below(4) {
                    damaged[frames.random.below(damaged.count)] = UInt8(truncatingIfNeeded: frames.random.next())
                }
                take(damaged, encoding)
            }
        }
        for _ in 0..<1000 {
            let count = frames.random.below(64)
            take((0..<count).map { _ in UInt8(truncatingIfNeeded: frames.random.next()) }, encoding)
        }
    }

    /// Decodes both ways; whatever is taken must be something that can be written again.
    private func take(_ bytes: [UInt8], _ encoding: ClientEncoding) {
        do throws(WireError) {
            let frame = try ClientFrameCodec.decodeClientFrame(bytes, encoding)
            #expect(!ClientFrameCodec.encode(frame, encoding).isEmpty)
        } catch {
            #expect(error != .unknownErrorCode(0), "a client's frame has no error code")
        }
        do throws(WireError) {
            let frame = try ClientFrameCodec.decodeServerFrame(bytes, encoding)
            #expect(!ClientFrameCodec.encode(frame, encoding).isEmpty)
        } catch {
            if case .bodyTooLarge = error { Issue.record("a node's body is never too large") }
        }
    }
}

/// Frames of every kind with fields of every size.
struct RandomFrames {
    var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func clientFrame() -> ClientFrame {
        switch random.below(7) {
        case 0: .hello(.init(token: text(), window: random.below(1 << 32), client: text()))
        case 1:
            .send(
                .init(id: number(), to: text(), stream: number(), number: number(), body: body(), isRetry: flag()))
        case 2: .ack(key(), upTo: number())
        case 3: .read(from: text(), key(), upTo: number())
        case 4: .query(id: number(), to: text(), stream: number())
        case 5: .receiptsKnown((0..<random.below(4)).map { _ in receipt() })
        default: .ping(nonce: number())
        }
    }

    mutating func receipt() -> StreamReceipt {
        StreamReceipt(reader: user(), key: key(), deliveredUpTo: number(), readUpTo: number())
    }

    mutating func serverFrame() -> ServerFrame {
        switch random.below(10) {
        case 0: .welcome(.init(user: user(), device: number(), node: text(), window: random.below(1 << 32)))
        case 1: .accepted(id: number(), to: user(), stream: number(), number: number())
        case 2: .sent(to: user(), stream: number(), upTo: number())
        case 3:
            .message(
                .init(from: user(), key: key(), number: number(), body: body(), sentAtMilliseconds: number()))
        case 4: .receipt(receipt())
        case 5:
            .state(
                .init(
                    id: number(), to: user(), stream: number(), heldUpTo: number(), deliveredUpTo: number(),
                    readUpTo: number()))
        case 6:
            .error(
                .init(
                    ErrorCode.allCases[random.below(ErrorCode.allCases.count)], text(), id: number(), to: text(),
                    stream: number(), number: number(), expected: number()))
        case 7: .pong(nonce: number())
        case 8: .drained
        default: .bye(reason: text(), reconnectAfterMilliseconds: UInt32(truncatingIfNeeded: random.next()))
        }
    }

    private mutating func number() -> UInt64 { random.next() >> UInt64(random.below(64)) }

    private mutating func key() -> StreamKey { StreamKey(device: number(), stream: number()) }

    private mutating func flag() -> Bool { random.below(2) == 0 }

    private mutating func body() -> [UInt8] {
        (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private mutating func text() -> String {
        let letters = Array("aé\"\\\n\u{0}\u{1F426}/<ß7")
        return String((0..<random.below(20)).map { _ in letters[random.below(letters.count)] })
    }

    private mutating func user() -> Address {
        let letters = Array("abcxyz019._-")
        return name(String((0...random.below(63)).map { _ in letters[random.below(letters.count)] }))
    }
}
