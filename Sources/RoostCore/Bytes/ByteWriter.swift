/// Builds the binary form that the log, the ring record and the peer protocol share.
///
/// Numbers are unsigned LEB128 varints, or fixed-width with the little end first. Texts and byte strings carry their
/// length as a varint before them. ``ByteReader`` reads it back.
public struct ByteWriter: Sendable {
    /// What has been written.
    public var bytes: [UInt8]

    /// Starts with nothing written and room for `capacity` bytes.
    public init(capacity: Int = 64) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// The number of bytes written.
    public var count: Int { bytes.count }

    /// Writes one byte.
    @inlinable
    public mutating func write(_ value: UInt8) {
        bytes.append(value)
    }

    /// Writes two bytes, little end first.
    @inlinable
    public mutating func writeFixed(_ value: UInt16) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes four bytes, little end first.
    @inlinable
    public mutating func writeFixed(_ value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes eight bytes, little end first.
    @inlinable
    public mutating func writeFixed(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes 1 to 10 bytes, seven bits each.
    @inlinable
    public mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a count that must not be negative.
    @inlinable
    public mutating func writeCount(_ value: Int) {
        writeVarint(UInt64(value))
    }

    /// Writes one byte, 1 for true.
    @inlinable
    public mutating func write(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    /// Writes sixteen bytes.
    public mutating func write(_ value: UniqueID) {
        writeFixed(value.high)
        writeFixed(value.low)
    }

    /// Writes a length and that many bytes.
    @inlinable
    public mutating func writeBytes(_ value: [UInt8]) {
        writeVarint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Writes a length and that many bytes of UTF-8.
    @inlinable
    public mutating func writeText(_ value: String) {
        let utf8 = value.utf8
        writeVarint(UInt64(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// Writes the bytes as they are, with no length.
    @inlinable
    public mutating func writeRaw(_ value: some Collection<UInt8>) {
        bytes.append(contentsOf: value)
    }
}
