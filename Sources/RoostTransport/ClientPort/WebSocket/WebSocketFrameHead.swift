/// The head of a client's frame as its bytes come in: two bytes, a longer length of none, two or eight, four of mask.
struct WebSocketFrameHead: Sendable {
    /// Whether the frame ends its message.
    private(set) var isFinal = false
    /// The kind of frame.
    private(set) var opcode = WebSocketOpcode.continuation
    /// The length of the payload as declared, in bytes.
    private(set) var payloadLength: UInt64 = 0
    /// The mask, its first byte in the highest bits.
    private var mask: UInt32 = 0
    /// How many bytes have come.
    private var count = 0
    /// How many bytes the length takes beyond the second.
    private var lengthBytes = 0

    /// The length of the payload once it has been found to be within the limit.
    var payloadBytes: Int { Int(payloadLength) }

    /// Takes the next byte; true when the head is complete. A violation shows at the byte that makes it one.
    mutating func append(_ byte: UInt8) throws(WebSocketViolation) -> Bool {
        count += 1
        switch count {
        case 1:
            guard byte & 0x70 == 0 else { throw .reservedBits }
            guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else { throw .reservedOpcode(byte & 0x0F) }
            self.opcode = opcode
            isFinal = byte & 0x80 != 0
            guard isFinal || !opcode.isControl else { throw .fragmentedControl }
            return false
        case 2:
            guard byte & 0x80 != 0 else { throw .unmasked }
            let length = byte & 0x7F
            guard length <= 125 || !opcode.isControl else { throw .controlTooLong }
            lengthBytes = length == 126 ? 2 : length == 127 ? 8 : 0
            payloadLength = lengthBytes == 0 ? UInt64(length) : 0
            return false
        case ..<(3 + lengthBytes):
            payloadLength = payloadLength << 8 | UInt64(byte)
            if count == 2 + lengthBytes {
                guard payloadLength > (lengthBytes == 2 ? 125 : 0xFFFF) else { throw .lengthNotMinimal }
            }
            return false
        default:
            mask = mask << 8 | UInt32(byte)
            return count == 6 + lengthBytes
        }
    }

    /// The mask for a piece of the payload that begins at `offset`.
    func mask(from offset: Int) -> UInt32 {
        let shift = UInt32(offset & 3) * 8
        return shift == 0 ? mask : mask << shift | mask >> (32 - shift)
    }
}

/// The masking of RFC 6455 section 5.3, eight bytes a step.
enum WebSocketMask {
    /// Writes `source` XOR the repeated `mask`, whose highest byte comes first, to the start of `target`.
    static func apply(_ mask: UInt32, to source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        precondition(target.count >= source.count, "\(target.count) bytes of room for \(source.count)")
        let wide = (UInt64(mask) << 32 | UInt64(mask)).bigEndian
        var offset = 0
        while offset + 8 <= source.count {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            target.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < source.count {
            target[offset] = source[offset] ^ UInt8(truncatingIfNeeded: mask >> (24 - UInt32(offset & 3) * 8))
            offset += 1
        }
    }
}
