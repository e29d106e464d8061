import NIOCore
import RoostCore

/// Writes the WebSocket frames of a client, masked, one behind the other into one buffer that goes out at once.
struct WebSocketWriter {
    enum Opcode: UInt8 {
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    /// What has been written and not taken.
    var pending: ByteBuffer
    // The mask protects proxies from scripts in a browser (RFC 6455 section 10.3). Here nobody but us chooses the
    // payload, and a call into the system for each frame would cost more than all of its encoding.
    private var maskKeys: SeededRandom

    init(allocator: ByteBufferAllocator, seed: UInt64) {
        pending = allocator.buffer(capacity: 0)
        maskKeys = SeededRandom(seed: seed)
    }

    mutating func write(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer) {
        pending.writeInteger(0x80 | opcode.rawValue)
        switch payload.count {
        case ..<126:
            pending.writeInteger(0x80 | UInt8(payload.count))
        case ..<65_536:
            pending.writeInteger(0x80 | 126 as UInt8)
            pending.writeInteger(UInt16(payload.count))
        default:
            pending.writeInteger(0x80 | 127 as UInt8)
            pending.writeInteger(UInt64(payload.count))
        }
        let key = UInt32(truncatingIfNeeded: maskKeys.next())
        pending.writeInteger(key, endianness: .little)
        let doubled = UInt64(key) << 32 | UInt64(key)
        pending.writeWithUnsafeMutableBytes(minimumWritableBytes: payload.count) { output in
            var offset = 0
            while offset + 8 <= payload.count {
                let word = UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                output.storeBytes(of: (word ^ doubled).littleEndian, toByteOffset: offset, as: UInt64.self)
                offset += 8
            }
            while offset < payload.count {
                output[offset] = payload[offset] ^ UInt8(truncatingIfNeeded: key >> UInt32(offset % 4 * 8))
                offset += 1
            }
            return payload.count
        }
    }

    /// What was written since the last call.
    mutating func take() -> ByteBuffer? {
        guard pending.readableBytes > 0 else { return nil }
        let taken = pending
        pending = ByteBufferAllocator().buffer(capacity: 0)
        return taken
    }
}
