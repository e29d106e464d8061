import RoostCore

/// Reads the log's fields from memory. Every length is checked before it is believed: a damaged field gives `nil`,
/// never a trap.
struct RawReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        precondition(offset >= 0 && offset <= bytes.count, "\(offset) is outside \(bytes.count) bytes")
        self.bytes = bytes
        self.offset = offset
    }

    var left: Int { bytes.count - offset }

    mutating func byte() -> UInt8? {
        guard left >= 1 else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func fixed<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        let width = MemoryLayout<Value>.size
        guard left >= width else { return nil }
        defer { offset += width }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// A varint of at most `limit`.
    mutating func varint(limit: Int) -> Int? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let next = byte() {
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value <= UInt64(limit) ? Int(value) : nil }
            shift += 7
            guard shift < 63 else { return nil }
        }
        return nil
    }

    /// The offset of `count` bytes that are stepped over.
    mutating func skip(_ count: Int) -> Int? {
        guard left >= count else { return nil }
        defer { offset += count }
        return offset
    }

    mutating func slot() -> Slot? {
        fixed(UInt16.self).map { Slot(Int($0)) }
    }
}
