/// Why bytes were refused.
public enum ByteReaderError: Error, Equatable, Sendable {
    /// Fewer bytes were left than the field needs.
    case truncated(needed: Int, left: Int)
    /// A varint went on past 64 bits.
    case varintOverflow
    /// A length or count exceeded what its field allows.
    case tooLong(Int, limit: Int)
    /// A text was not UTF-8.
    case invalidText
    /// A field held a value that has no meaning there.
    case invalidValue(field: String)
    /// Bytes were left over after the last field.
    case trailingBytes(Int)
}

/// Reads what ``ByteWriter`` writes. Every length is checked before it is believed; nothing traps on hostile bytes.
public struct ByteReader: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var offset: Int
    @usableFromInline let end: Int

    /// Reads `bytes` from the start.
    @inlinable
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    /// Reads `bytes[range]`, sharing the storage.
    @inlinable
    public init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside \(bytes.count) bytes")
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes are left.
    @inlinable public var left: Int { end - offset }

    /// Refuses left-over bytes.
    public func finish() throws(ByteReaderError) {
        guard left == 0 else { throw .trailingBytes(left) }
    }

    /// Reads one byte.
    @inlinable
    public mutating func readByte() throws(ByteReaderError) -> UInt8 {
        guard offset < end else { throw .truncated(needed: 1, left: 0) }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// Reads a byte that must be 0 or 1.
    public mutating func readBool() throws(ByteReaderError) -> Bool {
        switch try readByte() {
        case 0: false
        case 1: true
        default: throw .invalidValue(field: "bool")
        }
    }

    /// Reads two bytes, little end first.
    public mutating func readUInt16() throws(ByteReaderError) -> UInt16 {
        try readFixed(UInt16.self)
    }

    /// Reads four bytes, little end first.
    public mutating func readUInt32() throws(ByteReaderError) -> UInt32 {
        try readFixed(UInt32.self)
    }

    /// Reads eight bytes, little end first.
    public mutating func readUInt64() throws(ByteReaderError) -> UInt64 {
        try readFixed(UInt64.self)
    }

    @inlinable
    mutating func readFixed<Value: FixedWidthInteger>(_: Value.Type) throws(ByteReaderError) -> Value {
        let width = MemoryLayout<Value>.size
        guard left >= width else { throw .truncated(needed: width, left: left) }
        defer { offset += width }
        return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
    }

    /// Reads a varint of at most 64 bits.
    @inlinable
    public mutating func readVarint() throws(ByteReaderError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < end else { throw .truncated(needed: 1, left: 0) }
            let byte = bytes[offset]
            offset += 1
            if shift == 63, byte > 1 { throw .varintOverflow }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// Reads a count that must not exceed `limit`.
    @inlinable
    public mutating func readCount(limit: Int) throws(ByteReaderError) -> Int {
        let value = try readVarint()
        guard value <= UInt64(limit) else { throw .tooLong(Int(clamping: value), limit: limit) }
        return Int(value)
    }

    /// Reads sixteen bytes.
    public mutating func readUniqueID() throws(ByteReaderError) -> UniqueID {
        UniqueID(high: try readUInt64(), low: try readUInt64())
    }

    /// Reads a length of at most `limit` and that many bytes.
    @inlinable
    public mutating func readBytes(limit: Int) throws(ByteReaderError) -> [UInt8] {
        try readRaw(readCount(limit: limit))
    }

    /// Reads `count` bytes.
    @inlinable
    public mutating func readRaw(_ count: Int) throws(ByteReaderError) -> [UInt8] {
        guard left >= count else { throw .truncated(needed: count, left: left) }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// Reads a length of at most `limit` bytes and that much UTF-8.
    @inlinable
    public mutating func readText(limit: Int) throws(ByteReaderError) -> String {
        let count = try readCount(limit: limit)
        guard left >= count else { throw .truncated(needed: count, left: left) }
        defer { offset += count }
        guard let text = String(validating: bytes[offset..<offset + count], as: UTF8.self) else { throw .invalidText }
        return text
    }

    /// Reads a user name.
    public mutating func readUserName() throws(ByteReaderError) -> UserName {
        guard let name = UserName(try readText(limit: UserName.lengthMax)) else {
            throw .invalidValue(field: "user name")
        }
        return name
    }

    /// Reads an address.
    public mutating func readAddress() throws(ByteReaderError) -> Address {
        let count = try readCount(limit: Address.lengthMax)
        guard left >= count else { throw .truncated(needed: count, left: left) }
        defer { offset += count }
        let address = bytes.withUnsafeBufferPointer { bytes in
            Address(utf8: UnsafeBufferPointer(rebasing: bytes[offset..<offset + count]))
        }
        guard let address else { throw .invalidValue(field: "address") }
        return address
    }

    /// Reads a slot index.
    public mutating func readSlot() throws(ByteReaderError) -> Slot {
        Slot(Int(try readUInt16()))
    }
}
