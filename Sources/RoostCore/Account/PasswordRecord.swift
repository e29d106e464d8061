/// The scrypt hash of a password (RFC 7914) with the parameters it was made with.
public struct PasswordRecord: Equatable, Sendable {
    /// N is two to this power.
    public var costLog2: UInt8
    /// r.
    public var blockSize: UInt32
    /// p.
    public var parallelism: UInt32
    /// Random, 16 bytes.
    public var salt: [UInt8]
    /// 32 bytes.
    public var hash: [UInt8]

    /// Makes a record.
    public init(costLog2: UInt8, blockSize: UInt32, parallelism: UInt32, salt: [UInt8], hash: [UInt8]) {
        self.costLog2 = costLog2
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.hash = hash
    }

    /// The record of an account that nobody can log in to any more: no password has this hash.
    public static let none = PasswordRecord(costLog2: 0, blockSize: 0, parallelism: 0, salt: [], hash: [])
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
