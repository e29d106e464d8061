import NIOCore
import RoostCore

/// What a client's bytes amount to.
public enum WebSocketEvent: Equatable, Sendable {
    /// A whole message, unmasked, of the opcode that the subprotocol asks for; a text is UTF-8.
    case message(ByteBuffer)
    /// A ping with its payload, which the pong repeats.
    case ping(ByteBuffer)
    /// A pong.
    case pong
    /// The client's close frame; `nil` when it gave no code.
    case close(code: UInt16?)
}

/// Reads the frames of a WebSocket client out of whatever pieces the socket delivers (RFC 6455 section 5).
///
/// It takes any bytes whatever and holds at most one message of at most `messageBytesMax` bytes. Nothing is allocated
/// for a declared length before its bytes arrive, nothing at all for a message that arrives in one read, and nothing is
/// held between messages.
public struct WebSocketParser: Sendable {
    private enum Progress {
        /// Collects the bytes of a frame's head.
        case head
        /// Collects `left` more bytes of its payload.
        case payload(left: Int)
    }

    private let messageOpcode: WebSocketOpcode
    private let messageBytesMax: Int
    private let fragmentsMax: Int
    private var progress = Progress.head
    private var head = WebSocketFrameHead()
    /// What has come of the current message; `nil` between messages.
    private var message: ByteBuffer?
    /// What has come of the current control frame, when it came in pieces.
    private var control: ByteBuffer?
    /// Frames of the current message; 0 between messages.
    private var fragments = 0

    /// Makes a parser at the start of a connection.
    public init(
        isText: Bool, messageBytesMax: Int = Limits.clientFrameBytesMax, fragmentsMax: Int = Limits.clientFragmentsMax
    ) {
        messageOpcode = isText ? .text : .binary
        self.messageBytesMax = messageBytesMax
        self.fragmentsMax = fragmentsMax
    }

    /// Takes bytes from `input` up to the end of the next event; `nil` when it needs more than there are.
    ///
    /// - Parameters:
    ///   - input: What the socket delivered. It is only read, so its storage may be shared.
    ///   - scratch: Room for the payload of a frame that is complete within `input`. The event shares its storage:
    ///     whoever drops the event before the next call saves an allocation.
    /// - Returns: The event.
    /// - Throws: The violation, after which the parser must not be used again.
    public mutating func next(
        from input: inout ByteBuffer, scratch: inout ByteBuffer
    ) throws(WebSocketViolation) -> WebSocketEvent? {
        while true {
            switch progress {
            case .head:
                guard let byte = input.readInteger(as: UInt8.self) else { return nil }
                guard try head.append(byte) else { continue }
                try admit()
                progress = .payload(left: head.payloadBytes)
            case .payload(let left):
                let count = min(left, input.readableBytes)
                if count < left {
                    guard count > 0 else { return nil }
                    keep(count, of: &input, offset: head.payloadBytes - left)
                    progress = .payload(left: left - count)
                    return nil
                }
                if let event = try finish(count, of: &input, scratch: &scratch) { return event }
            }
        }
    }

    /// Holds a complete head against what may come at this point, before any of its payload is taken.
    private mutating func admit() throws(WebSocketViolation) {
        if head.opcode.isControl { return }
        if head.opcode == .continuation {
            guard fragments > 0 else { throw .strayContinuation }
        } else {
            guard fragments == 0 else { throw .interleavedMessage }
            guard head.opcode == messageOpcode else { throw .wrongOpcode(head.opcode) }
        }
        let (bytes, overflow) = head.payloadLength.addingReportingOverflow(UInt64(message?.readableBytes ?? 0))
        guard !overflow, bytes <= UInt64(messageBytesMax) else {
            throw .messageTooLong(bytes: overflow ? .max : bytes, limit: messageBytesMax)
        }
        fragments += 1
        guard fragments <= fragmentsMax else { throw .tooManyFragments(limit: fragmentsMax) }
    }

    /// Adds a piece of an unfinished payload to what is held.
    private mutating func keep(_ count: Int, of input: inout ByteBuffer, offset: Int) {
        if head.opcode.isControl {
            var buffer = control.take() ?? ByteBuffer()
            unmask(count, of: &input, offset: offset, into: &buffer)
            control = buffer
        } else {
            var buffer = message.take() ?? ByteBuffer()
            unmask(count, of: &input, offset: offset, into: &buffer)
            message = buffer
        }
    }

    /// Takes the last `count` bytes of a frame; the event, unless more fragments must come.
    private mutating func finish(
        _ count: Int, of input: inout ByteBuffer, scratch: inout ByteBuffer
    ) throws(WebSocketViolation) -> WebSocketEvent? {
        let opcode = head.opcode
        let isFinal = head.isFinal
        let offset = head.payloadBytes - count
        defer {
            head = WebSocketFrameHead()
            progress = .head
        }
        if !opcode.isControl, !isFinal {
            keep(count, of: &input, offset: offset)
            return nil
        }
        let payload: ByteBuffer
        if var held = opcode.isControl ? control.take() : message.take() {
            unmask(count, of: &input, offset: offset, into: &held)
            payload = held
        } else {
            scratch.clear()
            unmask(count, of: &input, offset: offset, into: &scratch)
            payload = scratch
        }
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        case .close: return .close(code: try closeCode(in: payload))
        case .continuation, .text, .binary:
            fragments = 0
            guard messageOpcode == .binary || payload.isUTF8 else { throw .invalidText }
            return .message(payload)
        }
    }

    private func unmask(_ count: Int, of input: inout ByteBuffer, offset: Int, into output: inout ByteBuffer) {
        let mask = head.mask(from: offset)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            input.withUnsafeReadableBytes { source in
                WebSocketMask.apply(mask, to: UnsafeRawBufferPointer(rebasing: source[..<count]), into: target)
            }
            return count
        }
        input.moveReaderIndex(forwardBy: count)
    }

    private func closeCode(in payload: ByteBuffer) throws(WebSocketViolation) -> UInt16? {
        var payload = payload
        guard payload.readableBytes > 0 else { return nil }
        guard let code = payload.readInteger(as: UInt16.self) else { throw .closeTruncated }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .closeCode(code)
        }
        guard payload.isUTF8 else { throw .invalidText }
        return code
    }
}

extension ByteBuffer {
    /// Whether the readable bytes are well-formed UTF-8.
    fileprivate var isUTF8: Bool {
        do {
            _ = try UTF8Span(validating: readableBytesUInt8Span)
            return true
        } catch {
            return false
        }
    }
}
