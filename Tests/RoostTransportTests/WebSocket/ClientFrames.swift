import NIOCore
import RoostTransport

/// Frames as a client writes them, good and bad.
enum ClientFrames {
    /// One frame.
    ///
    /// - Parameters:
    ///   - opcode: The four bits, whatever they are.
    ///   - payload: Unmasked.
    ///   - isFinal: The FIN bit.
    ///   - reserved: The RSV bits, in the place they have in the first byte.
    ///   - mask: `nil` leaves the frame unmasked.
    ///   - declared: The length to claim instead of the payload's.
    ///   - lengthBytes: 0, 2 or 8 to force a form of the length.
    /// - Returns: Its bytes.
    static func frame(
        _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, reserved: UInt8 = 0,
        mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D], declared: UInt64? = nil, lengthBytes: Int? = nil
    ) -> [UInt8] {
        let length = declared ?? UInt64(payload.count)
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | reserved | opcode]
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        switch lengthBytes ?? (length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8) {
        case 0: bytes.append(maskBit | UInt8(length))
        case 2:
            bytes.append(maskBit | 126)
            bytes += [UInt8(length >> 8), UInt8(length & 0xFF)]
        default:
            bytes.append(maskBit | 127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64($0))) }
        }
        if let mask {
            bytes += mask
            bytes += payload.enumerated().map { $1 ^ mask[$0 & 3] }
        } else {
            bytes += payload
        }
        return bytes
    }

    static func text(_ text: String, isFinal: Bool = true) -> [UInt8] {
        frame(0x1, Array(text.utf8), isFinal: isFinal)
    }

    static func close(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
        frame(0x8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// Everything the parser makes of `bytes`, cut into `pieces`; the last element is the violation that ended it.
    static func parse(
        _ pieces: [[UInt8]], isText: Bool = true, messageBytesMax: Int = 1000, fragmentsMax: Int = 8
    ) -> ([WebSocketEvent], WebSocketViolation?) {
        var parser = WebSocketParser(isText: isText, messageBytesMax: messageBytesMax, fragmentsMax: fragmentsMax)
        var scratch = ByteBuffer()
        var events: [WebSocketEvent] = []
        do throws(WebSocketViolation) {
            for piece in pieces {
                var input = ByteBuffer(bytes: piece)
                while let event = try parser.next(from: &input, scratch: &scratch) { events.append(event) }
            }
            return (events, nil)
        } catch {
            return (events, error)
        }
    }

    /// The same bytes whole, byte by byte, and cut at seeded random places.
    static func cuts(_ bytes: [UInt8], using random: inout some RandomNumberGenerator) -> [[[UInt8]]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, rest.count), using: &random)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return [[bytes], bytes.map { [$0] }, pieces]
    }
}
