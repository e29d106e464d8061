import RoostCore

/// The body of a load message: which pair and which number, so that the receiver can check it, then random bytes.
struct LoadBody {
    static let headerBytes = 16

    private var bytes: [UInt8]

    init(pair: Int, count: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: UInt64(pair).littleEndian, as: UInt64.self) }
    }

    /// The body of message `number`.
    mutating func body(number: StreamNumber) -> [UInt8] {
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
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
