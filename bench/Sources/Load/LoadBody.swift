import RoostCore

/// The body of a load message: which pair and which number, so that the receiver can check it, then random bytes, others
/// in each message: what repeats itself the log would compress away.
struct LoadBody {
    static let headerBytes = 16

    private var bytes: [UInt8]
    private let seed: UInt64

    init(pair: Int, count: Int, seed: UInt64) {
        self.seed = seed
        bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: UInt64(pair).littleEndian, as: UInt64.self) }
    }

    /// The body of message `number`: for one pair and number always the same, as a retry has to have it.
    mutating func body(number: StreamNumber) -> [UInt8] {
        var random = SeededRandom(seed: seed &+ number &* 0xD129_0D3B_8B5C_6D6F)
        var offset = LoadBody.headerBytes
        bytes.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
            while offset < bytes.count {
                var word = random.next()
                let end = min(offset + 8, bytes.count)
                while offset < end {
                    bytes[offset] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                    offset += 1
                }
            }
        }
        return bytes
    }

    /// Whether a body is the one of this pair and number.
    static func matches(_ body: [UInt8], pair: Int, number: StreamNumber) -> Bool {
        guard body.count >= headerBytes else { return false }
        return body.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) == UInt64(pair)
                && UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) == number
        }
    }
}
