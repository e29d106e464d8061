import NIOCore

/// Reads the WebSocket frames that a server sends (RFC 6455 section 5), the message being put together from its
/// fragments. A payload is a slice of what was received, not a copy.
struct WebSocketReader {
    /// One thing the server said.
    enum Item: Equatable {
        case message(ByteBuffer, isText: Bool)
        case ping(ByteBuffer)
        case pong
        case close(code: UInt16?, reason: String)
    }

    /// A broken rule of RFC 6455.
    struct Violation: Error, Equatable {
        let rule: String
    }

    private let messageBytesMax: Int
    private var pending = ByteBuffer()
    private var fragments: (bytes: ByteBuffer, isText: Bool)?

    init(messageBytesMax: Int) {
        self.messageBytesMax = messageBytesMax
    }

    /// Takes what was received.
    mutating func feed(_ bytes: ByteBuffer) {
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            var bytes = bytes
            pending.writeBuffer(&bytes)
        }
    }

    /// The next whole item; `nil` when more bytes are needed.
    mutating func next() throws(Violation) -> Item? {
        while let frame = try nextFrame() {
            if let item = try take(frame) { return item }
        }
        if pending.readableBytes == 0 { pending = ByteBuffer() }
        return nil
    }

    private struct Frame {
        let isFinal: Bool
        let opcode: UInt8
        let payload: ByteBuffer
    }

    private mutating func nextFrame() throws(Violation) -> Frame? {
        let start = pending.readerIndex
        guard let first: UInt8 = pending.getInteger(at: start), let second: UInt8 = pending.getInteger(at: start + 1)
        else { return nil }
        guard first & 0x70 == 0 else { throw Violation(rule: "a reserved bit is set") }
        guard second & 0x80 == 0 else { throw Violation(rule: "a server's frame is masked") }
        var headerBytes = 2
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long: UInt16 = pending.getInteger(at: start + 2) else { return nil }
            length = Int(long)
            headerBytes = 4
        } else if length == 127 {
            guard let long: UInt64 = pending.getInteger(at: start + 2) else { return nil }
            length = Int(clamping: long)
            headerBytes = 10
        }
        guard length <= messageBytesMax else {
            throw Violation(rule: "a frame of \(length) bytes, the limit is \(messageBytesMax)")
        }
        let opcode = first & 0x0F
        let isFinal = first & 0x80 != 0
        if opcode >= 8 {
            guard isFinal, length <= 125 else { throw Violation(rule: "a long or fragmented control frame") }
        }
        guard pending.readableBytes >= headerBytes + length else { return nil }
        pending.moveReaderIndex(forwardBy: headerBytes)
        guard let payload = pending.readSlice(length: length) else { return nil }
        return Frame(isFinal: isFinal, opcode: opcode, payload: payload)
    }

    private mutating func take(_ frame: Frame) throws(Violation) -> Item? {
        switch frame.opcode {
        case 0:
            guard let (begun, isText) = fragments else { throw Violation(rule: "a continuation of nothing") }
            var bytes = begun
            guard bytes.readableBytes + frame.payload.readableBytes <= messageBytesMax else {
                throw Violation(rule: "a message of more than \(messageBytesMax) bytes")
            }
            var payload = frame.payload
            bytes.writeBuffer(&payload)
            fragments = frame.isFinal ? nil : (bytes, isText)
            return frame.isFinal ? .message(bytes, isText: isText) : nil
        case 1, 2:
            guard fragments == nil else { throw Violation(rule: "a message within a fragmented one") }
            if frame.isFinal { return .message(frame.payload, isText: frame.opcode == 1) }
            fragments = (frame.payload, frame.opcode == 1)
            return nil
        case 8:
            var payload = frame.payload
            let code: UInt16? = payload.readInteger()
            return .close(code: code, reason: String(decoding: payload.readableBytesView, as: UTF8.self))
        case 9: return .ping(frame.payload)
        case 10: return .pong
        default: throw Violation(rule: "opcode \(frame.opcode)")
        }
    }
}
