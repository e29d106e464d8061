import RoostCore

/// The body of a numbered message: which pair and number it is and how long, then bytes that follow from those. Nobody
/// needs to keep a body in order to send it again or to know it when it arrives.
enum MessageBody {
    static let headerBytes = 16

    static func make(pair: Int, number: StreamNumber, count: Int) -> [UInt8] {
        precondition(count >= headerBytes, "a body of \(count) bytes has no room for its header")
        var body = [UInt8](repeating: 0, count: count)
        var random = SeededRandom(seed: number ^ UInt64(pair) << 40)
        body.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(pair).littleEndian, as: UInt32.self)
            bytes.storeBytes(of: UInt32(count).littleEndian, toByteOffset: 4, as: UInt32.self)
            bytes.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
            var offset = headerBytes
            while offset < count {
                var word = random.next()
                for _ in 0..<min(8, count - offset) {
                    bytes[offset] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                    offset += 1
                }
            }
        }
        return body
    }

    /// Whether this is, to the last byte, the body that was sent under this number.
    static func matches(_ body: [UInt8], pair: Int, number: StreamNumber) -> Bool {
        body.count >= headerBytes && body == make(pair: pair, number: number, count: body.count)
    }
}
